"""Tells names and codes whose number is a part of them (`utf8mb4`, `ORA-00942`) from `order17`, whose is not."""

import re

NUMBERED = re.compile(
    r"""
    (?i:  # encodings, algorithms, protocols, machines, types and the like
      utf-?\d\d?(?:mb\d|le|be)? | ucs-?[24] | latin\d | iso-?\d{4,5}(?:-\d\d?)? | (?:cp|windows-?)\d{3,4} | gb\d{4,5}
    | big5 | (?:hmac-?)?(?:sha-?|sha[23]-|md)\d{1,3}(?:[-/]\d{3})? | crc-?\d\d | (?:aes|rsa|rc)-?\d{1,4}
    | [rhep]s\d{3} | 3des
    | ed25519 | ed448 | x25519 | x509 | secp\d{3}[kr]1 | p-(?:256|384|521) | pbkdf2 | argon2(?:id|i|d)? | pkcs\#?\d\d?
    | ip-?v[46] | (?:http|h)/?[123](?:\.\d)? | oauth-?[12](?:\.0)? | (?:tls|ssl)(?:v?\d(?:[._]\d)?|-\d\.\d) | socks[45]
    | x86(?:[-_](?:32|64))? | x64 | amd64 | i[3-6]86 | arm(?:64|v\d\w?) | aarch64 | (?:win|mips|ppc|riscv)(?:32|64)
    | (?:u?int|float|bfloat|complex|base)\d{1,3} | [fiu](?:8|16|32|64)
    | python[23] | es\d{1,4} | c\+\+\d\d | log4[jl]\w* | k8s | i18n | l10n | a11y | w3c | p2p | b2b | ec2 | s3
    | h26[45] | mp[34] | mpeg\d | v8 | neo4j | db2 | ext[234] | rfc-?\d{3,4} | cve-\d{4}-\d{4,7}
    )
  | (?:ORA|PLS|TNS|DPI|DPY|SQL|AADSTS|TS|CS|MSB|NU|LNK|NETSDK|PGRST|ER|ERR)-?\d{3,6}[A-Z]? | E\d{4,5} | HV\d{3}
  | (?:[A-Z]+(?:\d{1,3}[A-Z]*)?_)+[A-Z]+   # ERR_HTTP2_PROTOCOL_ERROR
  | [A-Za-z]{2,}\d{1,3}[A-Z][a-z]{2,}[A-Za-z]*   # Base64DecodeError
    """,
    re.VERBOSE | re.ASCII,
)
"""Names whose number is a part of them wherever they stand: of techniques, codes of vendors, constants, classes."""

CODE = re.compile(r"(?=\d*[A-Z])[A-Z0-9]{1,8}-?\d{2,6}[A-Z]?", re.ASCII)
"""What looks like a code and might be an id, too; what stands before it tells which."""

BEFORE_A_CODE = ("error", "errors", "exception", "warning", "error code", "errno", "sqlstate")
"""How words end behind which a code stands: *failed with error XQ123*, `BankError: XQ123`. Whatever begins a text may
be an order's number as well, and a code there has words of its own behind it, which tell it from others."""


def is_numbered_name(word: str) -> bool:
    """Whether the digits of `word` are a part of a name, wherever it stands."""
    return NUMBERED.fullmatch(word) is not None


def is_code(word: str, *, before: str) -> bool:
    """Whether `word` is a code of an error, as `E11000` or `42S02`, by the text `before` it."""
    return CODE.fullmatch(word) is not None and before.rstrip().rstrip("[(#:").rstrip().lower().endswith(BEFORE_A_CODE)
