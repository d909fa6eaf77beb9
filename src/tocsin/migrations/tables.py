"""Imports every slice's tables, so that their metadata is whole wherever the schema is compared or made."""

from tocsin.activities import models as activities
from tocsin.chat import models as chat
from tocsin.deliveries import models as deliveries
from tocsin.events import models as events
from tocsin.intake import received
from tocsin.issues import models as issues
from tocsin.members import models as members
from tocsin.notifications import models as notifications
from tocsin.organizations import audit
from tocsin.organizations import models as organizations
from tocsin.rules import models as rules

ALL = (activities, audit, chat, deliveries, events, issues, members, notifications, organizations, received, rules)
