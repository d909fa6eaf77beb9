"""The errors of what SDKs send: an envelope or an event that cannot be understood at all."""

from tocsin.kernel.errors import InvalidInputError


class EnvelopeError(InvalidInputError):
    """The framing of an envelope is broken; nothing in it can be trusted."""

    code = "events.bad_envelope"


class EventError(InvalidInputError):
    """An event's payload is no JSON object, or nested beyond any use."""

    code = "events.bad_event"
