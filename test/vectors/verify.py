#!/usr/bin/env python3
"""Guildhall's second verifier: checks ledger exports and receipts, for anyone.

    python3 verify.py --keys jwks.json export.ndjson
    python3 verify.py --keys jwks.json decision.json

The second form takes a whole routing decision, or only its evidence receipt:
an object with `entry` and possibly `tlog_proof`. Several files may be given: one
line is printed for each, with its name in front.

This program was written from the format description (FORMATS.md) alone, by
somebody who had not seen Guildhall's source, and follows it since. It shares no code with Guildhall
and needs nothing but Python 3.9 or newer: JSON canonicalisation, the Merkle
tree, Ed25519 and P-256 are all in this one file. Where it and `guildhall verify`
agree, the description is enough to check a ledger without trusting the software
that wrote it. Where they differ, one of the three is wrong.

Prints one line. Exit status:
    0   everything holds
    1   FAIL <label> line=<n> seq=<n> <detail>      the first thing that does not
    2   a file cannot be read, the keys cannot be used, or the command line is wrong

`line` counts from 1; `seq` is the position in the ledger that was due, for a
decision that of its entry. It is 0 where there is none.

Not checked here: that a decision follows from what it saw (`guildhall replay`).
"""

import argparse
import base64
import binascii
import functools
import hashlib
import io
import json
import re
import sys

MAX_SAFE_INTEGER = 2**53 - 1
MAX_NESTING = 64


class Failure(Exception):
    """A check that did not hold, with one of the labels of FORMATS.md section 9."""

    def __init__(self, label, detail):
        super().__init__(detail)
        self.label = label
        self.detail = detail


def require(condition, label, detail):
    if not condition:
        raise Failure(label, detail)


# ------------------------------------------------------------------------------
# Strict JSON and canonical JSON (section 1)
#
# A number counts by its value: 1.0 is the integer 1. An integer that is small
# enough becomes an int; every other number a float.


def parse_json(data):
    """The value of a JSON text given as bytes; Failure if it is not strict JSON."""
    try:
        text = data.decode("utf-8")
        value = json.loads(
            text,
            object_pairs_hook=_object_without_duplicates,
            parse_int=_parse_int,
            parse_float=_parse_float,
            parse_constant=_refuse_constant,
        )
        _check_value(value, 0)
    except RecursionError:
        raise Failure("malformed", "nested too deeply") from None
    except UnicodeDecodeError:
        raise Failure("malformed", "not UTF-8") from None
    except json.JSONDecodeError as error:
        raise Failure("malformed", "not JSON: %s at character %d" % (error.msg, error.pos)) from None
    except ValueError as error:
        raise Failure("malformed", "not strict JSON: %s" % error) from None
    return value


def _object_without_duplicates(pairs):
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member is named twice")
    return members


def _parse_int(digits):
    if len(digits) <= 17:
        number = int(digits)
        if abs(number) <= MAX_SAFE_INTEGER:
            return number
    return _parse_float(digits)


def _parse_float(digits):
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise ValueError("number out of range")
    if number.is_integer() and abs(number) <= MAX_SAFE_INTEGER:
        return int(number)
    return number


def _refuse_constant(name):
    raise ValueError("%s is not a JSON value" % name)


def _check_value(value, depth):
    if isinstance(value, str):
        try:
            value.encode("utf-8")
        except UnicodeEncodeError:
            raise ValueError("lone surrogate") from None
    elif isinstance(value, (dict, list)):
        if depth == MAX_NESTING:
            raise ValueError("nested deeper than %d" % MAX_NESTING)
        if isinstance(value, dict):
            for name in value:
                _check_value(name, depth)
            value = value.values()
        for item in value:
            _check_value(item, depth + 1)


def canonical(value):
    """The RFC 8785 form of a parsed value, as bytes."""
    parts = []
    _write(value, parts.append)
    return "".join(parts).encode("utf-8")


def _write(value, put):
    if value is None:
        put("null")
    elif value is True:
        put("true")
    elif value is False:
        put("false")
    elif isinstance(value, str):
        put(_quote(value))
    elif isinstance(value, int):
        put(str(value))
    elif isinstance(value, float):
        put(_format_float(value))
    elif isinstance(value, list):
        separator = "["
        for item in value:
            put(separator)
            _write(item, put)
            separator = ","
        put("]" if value else "[]")
    else:
        separator = "{"
        for name in sorted(value, key=_utf16_order):
            put(separator + _quote(name) + ":")
            _write(value[name], put)
            separator = ","
        put("}" if value else "{}")


def _utf16_order(name):
    return name.encode("utf-16-be")


_MUST_ESCAPE = re.compile(r'["\\\x00-\x1f]')
_SHORT_ESCAPES = {
    '"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r",
}


def _escape(match):
    character = match.group()
    return _SHORT_ESCAPES.get(character) or "\\u%04x" % ord(character)


def _quote(text):
    return '"' + _MUST_ESCAPE.sub(_escape, text) + '"'


def _format_float(number):
    """A double as ECMAScript prints it, which is what RFC 8785 asks for."""
    if number == 0:
        return "0"
    sign = "-" if number < 0 else ""
    # repr() finds the same shortest digits as ECMAScript, only the layout differs.
    mantissa, _, exponent = repr(abs(number)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    point = len(whole) + int(exponent or 0) - (len(whole + fraction) - len(digits))
    digits = digits.rstrip("0")
    # The number is 0.DIGITS times ten to the power of `point`.
    count = len(digits)
    if count <= point <= 21:
        return sign + digits + "0" * (point - count)
    if 0 < point <= 21:
        return sign + digits[:point] + "." + digits[point:]
    if -6 < point <= 0:
        return sign + "0." + "0" * -point + digits
    if count > 1:
        digits = digits[0] + "." + digits[1:]
    return sign + digits + "e%+d" % (point - 1)


# ------------------------------------------------------------------------------
# Base64, strict: one text per byte string. None if it is not that.


def from_base64(text):
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error):
        return None
    return data if base64.b64encode(data).decode("ascii") == text else None


def from_base64url(text):
    if not re.fullmatch(r"[A-Za-z0-9_-]*", text):
        return None
    standard = text.replace("-", "+").replace("_", "/")
    return from_base64(standard + "=" * (-len(standard) % 4))


def to_base64url(data):
    return base64.urlsafe_b64encode(data).decode("ascii").rstrip("=")


# ------------------------------------------------------------------------------
# Ed25519 (RFC 8032), verification only. Nothing here is secret, so nothing has to
# take constant time. Points are (X, Y, Z, T): x = X/Z, y = Y/Z, xy = T/Z.

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
SQRT_MINUS_1 = pow(2, (P - 1) // 4, P)
IDENTITY = (0, 1, 1, 0)


def _add(a, b):
    x1, y1, z1, t1 = a
    x2, y2, z2, t2 = b
    s = (y1 - x1) * (y2 - x2) % P
    t = (y1 + x1) * (y2 + x2) % P
    u = 2 * D * t1 * t2 % P
    v = 2 * z1 * z2 % P
    e, f, g, h = t - s, v - u, v + u, t + s
    return e * f % P, g * h % P, f * g % P, e * h % P


def _decode_point(data):
    """The point, or None if the 32 bytes are not the one encoding of a point."""
    y = int.from_bytes(data, "little")
    sign = y >> 255
    y &= 2**255 - 1
    if y >= P:
        return None
    u, v = y * y - 1, D * y * y + 1
    x = u * v**3 * pow(u * v**7, (P - 5) // 8, P) % P
    if (v * x * x - u) % P:
        x = x * SQRT_MINUS_1 % P
        if (v * x * x - u) % P:
            return None
    if x == 0 and sign:
        return None
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


def _encode_point(point):
    x, y, z, _ = point
    inverse = pow(z, -1, P)
    return (y * inverse % P | (x * inverse % P & 1) << 255).to_bytes(32, "little")


def _make_table(point):
    """table[i][digit] = digit * 16**i * point: then a multiplication is 64 additions."""
    table = []
    for _ in range(64):
        row = [IDENTITY]
        for _ in range(15):
            row.append(_add(row[-1], point))
        table.append(row)
        point = _add(row[-1], point)
    return table


def _add_multiple(total, scalar, table):
    for row in table:
        digit = scalar & 15
        if digit:
            total = _add(total, row[digit])
        scalar >>= 4
    return total


@functools.lru_cache(maxsize=None)
def _base_table():
    return _make_table(_decode_point(bytes([0x58]) + bytes([0x66]) * 31))


@functools.lru_cache(maxsize=256)
def _negated_key_table(public_key):
    """The table of minus the key; None for a key that no honest signer has."""
    point = _decode_point(public_key)
    if point is None:
        return None
    multiple = point
    for _ in range(3):
        multiple = _add(multiple, multiple)
    if _encode_point(multiple) == _encode_point(IDENTITY):
        return None  # of small order: anybody could sign
    x, y, z, t = point
    return _make_table((-x % P, y, z, -t % P))


@functools.lru_cache(maxsize=4096)
def ed25519_verify(public_key, message, signature):
    if len(public_key) != 32 or len(signature) != 64:
        return False
    encoded_r = signature[:32]
    s = int.from_bytes(signature[32:], "little")
    key_table = _negated_key_table(public_key)
    if s >= ORDER or key_table is None:
        return False
    digest = hashlib.sha512(encoded_r + public_key + message).digest()
    k = int.from_bytes(digest, "little") % ORDER
    # S*B - k*A must be R. What is compared is the one encoding of that point, so an
    # R that is encoded in any other way, or is no point at all, is refused too.
    point = _add_multiple(_add_multiple(IDENTITY, s, _base_table()), k, key_table)
    return _encode_point(point) == encoded_r


# ------------------------------------------------------------------------------
# P-256 with SHA-256 (FIPS 186), verification only. Points are (x, y); None is the
# point at infinity. Signed answers are few, so the plain formulas are quick enough.

FIELD = 2**256 - 2**224 + 2**192 + 2**96 - 1
CURVE_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
CURVE_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
GENERATOR = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)


def _p256_add(a, b):
    if a is None or b is None:
        return b if a is None else a
    (x1, y1), (x2, y2) = a, b
    if x1 == x2:
        if (y1 + y2) % FIELD == 0:
            return None
        slope = 3 * (x1 * x1 - 1) * pow(2 * y1, -1, FIELD) % FIELD
    else:
        slope = (y2 - y1) * pow(x2 - x1, -1, FIELD) % FIELD
    x = (slope * slope - x1 - x2) % FIELD
    return x, (slope * (x1 - x) - y1) % FIELD


def _p256_multiple(scalar, point):
    total = None
    while scalar:
        if scalar & 1:
            total = _p256_add(total, point)
        point = _p256_add(point, point)
        scalar >>= 1
    return total


def _read_der_integer(data):
    """The non-negative integer at the front in its one DER form, and the rest; None if there is none."""
    if len(data) < 3 or data[0] != 2 or not 0 < data[1] <= 33 or len(data) < 2 + data[1]:
        return None
    body, rest = data[2 : 2 + data[1]], data[2 + data[1] :]
    if body[0] > 127 or (body[0] == 0 and len(body) > 1 and body[1] < 128):
        return None
    return int.from_bytes(body, "big"), rest


def p256_verify(public_key, message, signature):
    """`public_key`: 65 bytes, uncompressed; `signature`: DER."""
    if len(public_key) != 65 or public_key[0] != 4:
        return False
    x, y = int.from_bytes(public_key[1:33], "big"), int.from_bytes(public_key[33:], "big")
    if max(x, y) >= FIELD or (y * y - x * x * x + 3 * x - CURVE_B) % FIELD:
        return False
    if len(signature) < 2 or signature[0] != 0x30 or signature[1] != len(signature) - 2:
        return False
    first = _read_der_integer(signature[2:])
    second = first and _read_der_integer(first[1])
    if not second or second[1] or not (0 < first[0] < CURVE_ORDER and 0 < second[0] < CURVE_ORDER):
        return False
    r, inverse = first[0], pow(second[0], -1, CURVE_ORDER)
    digest = int.from_bytes(hashlib.sha256(message).digest(), "big")
    point = _p256_add(
        _p256_multiple(digest * inverse % CURVE_ORDER, GENERATOR),
        _p256_multiple(r * inverse % CURVE_ORDER, (x, y)),
    )
    return point is not None and point[0] % CURVE_ORDER == r


# ------------------------------------------------------------------------------
# Keys (section 4)


def sha256(data):
    return hashlib.sha256(data).digest()


def sha256_hex(data):
    return hashlib.sha256(data).hexdigest()


USES = ("receipt", "log", "witness")


class Key:
    """One JWK that is for this page."""

    def __init__(self, jwk):
        require(isinstance(jwk, dict), "malformed", "a key is not an object")
        for name in ("kty", "crv", "x", "kid", "use"):
            require(isinstance(jwk.get(name), str), "malformed", "a key has no %s" % name)
        require(jwk["kty"] == "OKP" and jwk["crv"] == "Ed25519" and jwk["use"] in USES,
                "malformed", "key %s is not an Ed25519 key for this" % jwk["kid"])
        if "name" in jwk:
            require(isinstance(jwk["name"], str), "malformed", "a key's name is not a name")
        self.public = from_base64url(jwk["x"])
        require(self.public is not None and len(self.public) == 32,
                "malformed", "key %s: x is not 32 bytes in base64url" % jwk["kid"])
        self.kid = jwk["kid"]
        self.use = jwk["use"]
        self.name = jwk.get("name")
        thumbprint = sha256(canonical({"crv": "Ed25519", "kty": "OKP", "x": jwk["x"]}))
        require(self.kid == to_base64url(thumbprint),
                "binding_failed", "kid %s is not the thumbprint of its key" % self.kid)


class Trust:
    """The pinned keys, and whether signatures are to be checked at all."""

    def __init__(self, keys, check_signatures=True):
        # Without a key set (None; it may also be empty), only what needs no trust is checked.
        self.check_keys = keys is not None
        keys = keys or []
        self.check_signatures = check_signatures
        self.receipt = {key.kid: key for key in keys if key.use == "receipt"}
        self.log = {key.kid: key for key in keys if key.use == "log"}
        self.witness = {key.kid: key for key in keys if key.use == "witness"}
        self.unpinned_log = {}
        self.witness_names = {kid: key.name for kid, key in self.witness.items()}
        self.pinned = {(key.use, key.kid): key for key in keys}

    def add_header_keys(self, keys):
        """The keys in an export prove nothing. They lend a name to a pinned witness that
        has none, and tell an unknown signer from a forged signature."""
        for key in keys:
            pinned = self.pinned.get((key.use, key.kid))
            require(not pinned or None in (pinned.name, key.name) or pinned.name == key.name,
                    "binding_failed", "key %s has another name" % key.kid)
            if key.use == "log" and key.kid not in self.log:
                self.unpinned_log[key.kid] = key
            if key.use == "witness" and key.kid in self.witness:
                self.witness_names[key.kid] = self.witness_names[key.kid] or key.name

    def verifies(self, key, message, signature):
        return not self.check_signatures or ed25519_verify(key.public, message, signature)


def load_keys(data):
    jwks = parse_json(data)
    require(isinstance(jwks, dict) and isinstance(jwks.get("keys"), list),
            "malformed", "not a JWK Set")
    for jwk in jwks["keys"]:
        require(isinstance(jwk, dict), "malformed", "a key is not an object")
    # Keys for anything else are passed over, whatever they look like.
    return [
        Key(jwk) for jwk in jwks["keys"]
        if jwk.get("kty") == "OKP" and jwk.get("crv") == "Ed25519" and jwk.get("use") in USES
    ]


# ------------------------------------------------------------------------------
# The Merkle tree (section 6; RFC 6962 2.1, RFC 9162 2.1.3.2)


def leaf_hash(text):
    return sha256(b"\x00" + text)


def node_hash(left, right):
    return sha256(b"\x01" + left + right)


class Tree:
    """A tree that grows by one leaf at a time and remembers only its full subtrees."""

    def __init__(self):
        self.size = 0
        self.subtrees = []  # (leaves, hash), the biggest first

    def append(self, leaf):
        self.size += 1
        leaves = 1
        while self.subtrees and self.subtrees[-1][0] == leaves:
            leaf = node_hash(self.subtrees.pop()[1], leaf)
            leaves *= 2
        self.subtrees.append((leaves, leaf))

    def root(self):
        if not self.subtrees:
            return sha256(b"")
        root = self.subtrees[-1][1]
        for _, left in reversed(self.subtrees[:-1]):
            root = node_hash(left, root)
        return root


def root_from_path(leaf, index, size, path):
    """The root that an audit path leads to; None if the path does not fit the tree."""
    if index >= size:
        return None
    node, last, root = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return None
        if node & 1 or node == last:
            root = node_hash(sibling, root)
            while not node & 1 and node:
                node >>= 1
                last >>= 1
        else:
            root = node_hash(root, sibling)
        node >>= 1
        last >>= 1
    return root if last == 0 else None


# ------------------------------------------------------------------------------
# Checkpoints (section 6)

DECIMAL = re.compile(r"0|[1-9][0-9]{0,15}")
# A name in a signed note: not empty, no spaces, no plus.
NOTE_NAME = re.compile(r"[^\s+]+")
LOG_TYPE, WITNESS_TYPE = 1, 4
MAX_SIGNATURES = 64
MAX_PATH = 63


def parse_decimal(text):
    return int(text) if DECIMAL.fullmatch(text) and int(text) <= MAX_SAFE_INTEGER else None


def note_key_id(name, key_type, public_key):
    return sha256(name.encode("utf-8") + b"\n" + bytes([key_type]) + public_key)[:4]


class Checkpoint:
    """A checkpoint by its form alone; `check` says whether it holds."""

    def __init__(self, note):
        def form(condition, detail):
            require(condition, "checkpoint_invalid", detail)

        text, separator, signatures = note.partition("\n\n")
        form(separator and signatures.endswith("\n"), "the checkpoint is not a signed note")
        form(not re.search(r"[\x00-\x09\x0b-\x1f]", note), "control character in the checkpoint")
        lines = text.split("\n")
        form(len(lines) >= 3, "the checkpoint's text has not three lines")
        self.text = (text + "\n").encode("utf-8")
        self.origin = lines[0]
        self.size = parse_decimal(lines[1])
        self.root = from_base64(lines[2])
        form(NOTE_NAME.fullmatch(self.origin), "the checkpoint's origin is not a name")
        form(self.size is not None, "the checkpoint's size is not a number")
        form(self.root is not None and len(self.root) == 32, "the checkpoint's root is not a hash")
        self.signatures = []  # (name, key id, signature bytes)
        form(signatures.count("\n") <= MAX_SIGNATURES, "the checkpoint has too many signatures")
        for line in signatures[:-1].split("\n"):
            match = re.fullmatch(r"\u2014 (\S+) (\S+)", line)
            data = from_base64(match.group(2)) if match else None
            form(data is not None and len(data) > 4 and NOTE_NAME.fullmatch(match.group(1)),
                 "a signature line of the checkpoint is not one")
            self.signatures.append((match.group(1), data[:4], data[4:]))

    def check(self, trust):
        if not trust.check_keys:
            return
        logs = self._signers(trust, trust.log.values(), LOG_TYPE)
        witnesses = self._signers(trust, trust.witness.values(), WITNESS_TYPE)
        if not logs:
            strangers = self._signers(trust, trust.unpinned_log.values(), LOG_TYPE)
            require(not strangers, "key_untrusted",
                    "the checkpoint is signed by a log key that is not pinned")
            raise Failure("checkpoint_invalid", "no pinned log key signed the checkpoint")
        require(witnesses or not trust.witness,
                "checkpoint_invalid", "no pinned witness cosigned the checkpoint")

    def _signers(self, trust, keys, key_type):
        """Those of the keys that signed; Failure if one of them did so badly or twice."""
        signers = []
        for key in keys:
            if key_type == LOG_TYPE:
                name = self.origin
            else:
                name = trust.witness_names[key.kid]
            # A witness whose name nobody told us is known by its key id alone: that is
            # made from the name in the line and the pinned key, so it fits no other key.
            mine = [
                signature
                for line_name, key_id, signature in self.signatures
                if (name is None or line_name == name)
                and key_id == note_key_id(line_name, key_type, key.public)
            ]
            require(len(mine) < 2, "checkpoint_invalid", "key %s signed the checkpoint twice" % key.kid)
            for signature in mine:
                require(self._verifies(trust, key, key_type, signature),
                        "checkpoint_invalid", "the checkpoint's signature by key %s is wrong" % key.kid)
                signers.append(key)
        return signers

    def _verifies(self, trust, key, key_type, signature):
        if key_type == LOG_TYPE:
            return len(signature) == 64 and trust.verifies(key, self.text, signature)
        if len(signature) != 72:
            return False
        time = int.from_bytes(signature[:8], "big")
        if time > MAX_SAFE_INTEGER:
            return False
        message = b"cosignature/v1\ntime %d\n" % time + self.text
        return trust.verifies(key, message, signature[8:])


# ------------------------------------------------------------------------------
# Entries (sections 2, 3 and 5)

ENTRY_MEMBERS = {
    "v", "tenant", "seq", "ts", "receipt_id", "stream", "stream_seq", "type", "actor", "trace_id",
    "cause", "body", "prev_receipt_hash", "prev_stream_hash", "spec", "signing_key_id",
    "receipt_hash", "signature",
}
ACTOR_KINDS = {"human", "agent", "coordinator", "service", "worker", "operator", "system"}
OUTCOMES = {"DISPATCH", "DENY", "STEWARD_HOLD"}
DECISION = "wcp.decision"
OUTCOME_MISSING = "wcp.dispatch.outcome_missing"
DISPATCH_TYPES = {
    "wcp.dispatch.started", "wcp.dispatch.completed", "wcp.dispatch.failed", OUTCOME_MISSING,
}
TYPE_NAME = re.compile(r"[a-z][a-z0-9_.-]{0,99}")
HASH = re.compile(r"[0-9a-f]{64}")
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-([0-9a-f]{12})")
UUID_V7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-([0-9a-f]{12})")
KEY_ID = re.compile(r"[A-Za-z0-9_-]{43}")


def is_integer(value, least, most=MAX_SAFE_INTEGER):
    return type(value) is int and least <= value <= most  # a bool is no integer


def is_match(pattern, value):
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def ends_in(pattern, value, seq):
    """Is it an id of this form whose last 12 hex digits are `seq`?"""
    match = pattern.fullmatch(value) if isinstance(value, str) else None
    return match is not None and int(match.group(1), 16) == seq


def has_only_integers(value):
    if isinstance(value, dict):
        return all(has_only_integers(item) for item in value.values())
    if isinstance(value, list):
        return all(has_only_integers(item) for item in value)
    return not isinstance(value, float)


def check_members(value, expected, what):
    require(isinstance(value, dict), "malformed", "%s is not an object" % what)
    missing = sorted(set(expected) - set(value))
    extra = sorted(set(value) - set(expected))
    require(not missing, "malformed", "%s lacks %s" % (what, ", ".join(missing)))
    require(not extra, "malformed", "%s has unknown members: %s" % (what, ", ".join(extra)))


def check_entry_form(entry):
    """Section 2: exactly these members, each of its form."""
    check_members(entry, ENTRY_MEMBERS, "the entry")
    require(has_only_integers(entry), "malformed", "the entry holds a number that is not an integer")

    def form(condition, member):
        require(condition, "malformed", "%s is not of its form" % member)

    seq, actor, body = entry["seq"], entry["actor"], entry["body"]
    form(is_integer(entry["v"], 1, 1), "v")
    form(isinstance(entry["tenant"], str), "tenant")
    form(is_integer(seq, 1), "seq")
    form(is_integer(entry["ts"], 1), "ts")
    form(ends_in(UUID_V7, entry["receipt_id"], seq), "receipt_id")
    form(is_match(TYPE_NAME, entry["stream"]), "stream")
    form(is_integer(entry["stream_seq"], 1), "stream_seq")
    form(is_match(TYPE_NAME, entry["type"]), "type")
    form(isinstance(actor, dict), "actor")
    check_members(actor, {"kind", "id", "role"} & set(actor) | {"kind", "id"}, "the actor")
    form(all(isinstance(value, str) for value in actor.values()) and actor["kind"] in ACTOR_KINDS, "actor")
    form(entry["trace_id"] is None or isinstance(entry["trace_id"], str), "trace_id")
    form(entry["cause"] is None or isinstance(entry["cause"], str), "cause")
    form(isinstance(body, dict), "body")
    for member, position in (("prev_receipt_hash", seq), ("prev_stream_hash", entry["stream_seq"])):
        if position == 1:
            form(entry[member] is None, member)
        else:
            form(is_match(HASH, entry[member]), member)
    form(entry["spec"] == {"wcp": "0.2", "canon": "rfc8785"}, "spec")
    form(is_match(KEY_ID, entry["signing_key_id"]), "signing_key_id")
    form(is_match(HASH, entry["receipt_hash"]), "receipt_hash")
    signature = from_base64url(entry["signature"]) if isinstance(entry["signature"], str) else None
    form(signature is not None and len(signature) == 64, "signature")
    if entry["type"] == DECISION:
        form(ends_in(UUID, body.get("decision_id"), seq), "body.decision_id")
        form(isinstance(body.get("outcome"), str) and body["outcome"] in OUTCOMES, "body.outcome")


def check_receipt_hash(entry):
    """Section 3; returns the entry's text."""
    text = canonical({
        name: value for name, value in entry.items() if name not in ("receipt_hash", "signature")
    })
    require(entry["receipt_hash"] == sha256_hex(text),
            "binding_failed", "receipt_hash is not the hash of the entry")
    return text


def check_receipt_signature(entry, trust):
    """Section 5."""
    if not trust.check_keys:
        return
    key = trust.receipt.get(entry["signing_key_id"])
    require(key is not None, "key_untrusted",
            "%s is not a pinned receipt key" % entry["signing_key_id"])
    message = entry["receipt_hash"].encode("ascii")
    require(trust.verifies(key, message, from_base64url(entry["signature"])),
            "signature_invalid", "the signature is not by key %s" % key.kid)


# ------------------------------------------------------------------------------
# Answers signed with passkeys (section 13)

ANSWERS = {"wcp.approval.voted", "wcp.approval.approved", "wcp.approval.rejected", "cap.approval_resolved"}
REQUESTS = {"wcp.approval.requested", "cap.approval_requested"}
PASSKEY = {"algorithm": 5, "credential_id": 1400, "public_key": 128}
ASSERTION = {"authenticator_data": 4096, "client_data_json": 4096, "signature": 512}
SITE = re.compile(r"https://([^/:@?#]+)(?::\d+)?|http://(localhost)(?::\d+)?")


def is_base64url_text(value, most):
    return isinstance(value, str) and 0 < len(value) <= most and re.fullmatch(r"[A-Za-z0-9_-]+", value) is not None


def is_passkey(value):
    return (
        isinstance(value, dict)
        and value.get("algorithm") in ("ES256", "EdDSA")
        and all(is_base64url_text(value.get(name), most) for name, most in PASSKEY.items())
        and isinstance(value.get("rp_id"), str)
        and 0 < len(value["rp_id"]) <= 253
    )


def answer_challenge(body):
    terms = {name: body[name] for name in ("expires_at", "policy", "subject_hash", "verdict")}
    return to_base64url(sha256(canonical(terms)))


def assertion_holds(signed, challenge):
    data, client, signature, public_key = (
        from_base64url(signed[name]) for name in ("authenticator_data", "client_data_json", "signature", "public_key")
    )
    if data is None or client is None or signature is None or public_key is None:
        return False
    try:
        said = parse_json(client)
    except Failure:
        return False
    if not isinstance(said, dict) or said.get("type") != "webauthn.get" or said.get("challenge") != challenge:
        return False
    site = SITE.fullmatch(said["origin"]) if isinstance(said.get("origin"), str) else None
    host = site and (site.group(1) or site.group(2))
    rp_id = signed["rp_id"]
    if said.get("crossOrigin") is True or not host or not (host == rp_id or host.endswith("." + rp_id)):
        return False
    if len(data) < 37 or data[:32] != sha256(rp_id.encode("utf-8")) or data[32] & 5 != 5:
        return False
    verify = ed25519_verify if signed["algorithm"] == "EdDSA" else p256_verify
    return verify(public_key, data + sha256(client), signature)


class SignedAnswers:
    """What had to be signed is; and what is signed, by a passkey that its person had registered before."""

    def __init__(self):
        self.keys = {}  # credential_id -> (user_id, public_key, rp_id, algorithm)
        self.demanded = set()

    def check(self, entry):
        kind, body, actor = entry["type"], entry["body"], entry["actor"]["id"]
        if kind == "hall.passkey.registered":
            owner = body.get("user_id")
            unsigned(is_passkey(body) and owner == actor, "a passkey is registered by the person whose it is")
            unsigned(body["credential_id"] not in self.keys, "a passkey is registered once")
            self.keys[body["credential_id"]] = (actor, body["public_key"], body["rp_id"], body["algorithm"])
        elif kind == "hall.passkey.revoked":
            self.keys.pop(str(body.get("credential_id")), None)
        elif kind in REQUESTS and body.get("passkey") is True and isinstance(body.get("approval_id"), str):
            self.demanded.add(body["approval_id"])
        elif kind in ANSWERS:
            self.check_answer(body, actor)

    def check_answer(self, body, actor):
        signed = body.get("passkey")
        is_answer = (
            body.get("verdict") in ("approve", "deny")
            and all(isinstance(body.get(name), str) for name in ("approval_id", "subject_hash"))
            and is_integer(body.get("expires_at"), -MAX_SAFE_INTEGER)
            and "policy" in body
            and (body["policy"] is None or isinstance(body["policy"], str))
        )
        if not is_answer or (
            "passkey" in body
            and not (is_passkey(signed) and set(signed) == {*PASSKEY, *ASSERTION, "rp_id"}
                     and all(is_base64url_text(signed[name], most) for name, most in ASSERTION.items()))
        ):
            unsigned("passkey" not in body, "a signature of no known form")
            return
        if "passkey" not in body:
            missing = body["verdict"] == "approve" and body["approval_id"] in self.demanded
            unsigned(not missing, "a yes that had to be signed with a passkey is not")
            return
        *known, algorithm = self.keys.get(signed["credential_id"], (None, None))
        unsigned(known == [actor, signed["public_key"], signed["rp_id"]],
                 "signed with a passkey that the person has not registered")
        unsigned(assertion_holds({**signed, "algorithm": algorithm}, answer_challenge(body)),
                 "the signature does not hold")


def unsigned(condition, detail):
    require(condition, "approval_unsigned", detail)


# ------------------------------------------------------------------------------
# The export (sections 7 and 9)

LINE_MEMBERS = {
    "header": {"kind", "v", "tenant", "origin", "from", "to", "keys"},
    "content": {"kind", "hash", "value"},
    "entry": {"kind", "entry"},
    "checkpoint": {"kind", "note"},
    "end": {"kind", "entries", "sha256"},
}
LINE_ORDER = list(LINE_MEMBERS)
HEADER_KEY_MEMBERS = {"kty", "crv", "x", "kid", "use"}
CONTENT_VALUE_OFFSET = 100


class ExportVerifier:
    def __init__(self, trust):
        self.trust = trust
        self.line_number = 0
        self.phase = None  # the kind of the line before
        self.bytes_so_far = hashlib.sha256()
        self.header = None
        self.contents = 0
        self.due = 1  # seq of the entry that comes next
        self.line_is_entry = False  # or stands where an entry is due
        self.last_hash = None
        self.last_ts = 0
        self.streams = {}  # stream -> (stream_seq, receipt_hash) of its last entry
        self.admitted = set()
        self.answers = SignedAnswers()
        self.outcomes_missing = 0
        self.leaves = []
        self.tree = Tree()  # grows from checkpoint to checkpoint
        self.checkpoints = 0
        self.last_size = 0

    def run(self, data):
        for line in io.BytesIO(data):
            self.line_number += 1
            self.check_line(line)
            self.bytes_so_far.update(line)
        if self.phase != "end":
            self.line_number += 1
            self.line_is_entry = self.is_entry_due(b"")
            raise Failure("malformed", "the file stops before its end line")
        if self.last_size < self.header["to"]:
            self.due, self.line_is_entry = self.last_size + 1, True
            raise Failure("checkpoint_invalid", "no checkpoint covers seq %d" % self.due)
        if self.trust.check_keys and not self.trust.receipt:
            self.line_number = 1
            raise Failure("key_untrusted", "no receipt key is pinned")

    def is_entry_due(self, line):
        """A line that stands where an entry is due is to be one, unless it looks like a content."""
        if self.phase not in ("header", "content", "entry") or self.due > self.header["to"]:
            return False
        looks_like_content = not line.startswith(b'{"entry":') and (
            line.startswith(b'{"hash":') or b'"kind":"content"' in line)
        return self.phase == "entry" or not looks_like_content

    def named_seq(self):
        return self.due if self.line_is_entry else 0

    def check_line(self, line):
        self.line_is_entry = self.is_entry_due(line if line.endswith(b"\n") else b"")
        require(self.phase != "end", "malformed", "something follows the end line")
        require(line.endswith(b"\n"), "malformed", "the line does not end with LF")
        value = parse_json(line[:-1])
        require(canonical(value) + b"\n" == line, "binding_failed", "the line is not in canonical form")
        kind = value.get("kind") if isinstance(value, dict) else None
        require(isinstance(kind, str) and kind in LINE_MEMBERS, "malformed", "a line of no known kind")
        check_members(value, LINE_MEMBERS[kind], "the %s line" % kind)
        self.check_place(kind)
        getattr(self, "form_of_" + kind)(value)
        if kind in ("checkpoint", "end") and self.phase != "checkpoint":
            self.check_complete()
        getattr(self, "check_" + kind)(value, line)
        self.phase = kind

    def check_place(self, kind):
        if self.phase is None:
            require(kind == "header", "malformed", "the file does not begin with a header")
        else:
            require(kind != "header" and LINE_ORDER.index(kind) >= LINE_ORDER.index(self.phase),
                    "malformed", "%s line after %s line" % (kind, self.phase))

    def check_complete(self):
        if self.due <= self.header["to"]:
            raise Failure("chain_gap", "the entries stop before seq %d" % self.header["to"])

    def form_of_header(self, value):
        require(is_integer(value["v"], 1, 1), "malformed", "v is not 1")
        require(isinstance(value["tenant"], str), "malformed", "tenant is not a name")
        require(isinstance(value["origin"], str), "malformed", "origin is not a name")
        require(is_integer(value["from"], 1, 1), "malformed", "from is not 1")
        require(is_integer(value["to"], 0), "malformed", "to is not a position")
        require(isinstance(value["keys"], list), "malformed", "keys is not a list")

    def check_header(self, value, _line):
        require(value["origin"].endswith("/" + value["tenant"]),
                "binding_failed", "origin does not end in the tenant")
        try:
            for jwk in value["keys"]:
                require(isinstance(jwk, dict), "malformed", "a key is not an object")
                check_members(jwk, HEADER_KEY_MEMBERS | {"name"} & set(jwk), "a key")
            keys = [Key(jwk) for jwk in value["keys"]]
        except Failure as failure:
            raise Failure("binding_failed", failure.detail) from None
        self.trust.add_header_keys(keys)
        self.header = value

    def form_of_content(self, value):
        require(is_match(HASH, value["hash"]), "malformed", "hash is not a hash")

    def check_content(self, value, line):
        # The line is canonical, so these are the bytes of the value's canonical form.
        text = line[CONTENT_VALUE_OFFSET:-2]
        require(value["hash"] == sha256_hex(text), "binding_failed", "hash is not that of the content")
        self.contents += 1

    def form_of_entry(self, value):
        check_entry_form(value["entry"])

    def check_entry(self, value, _line):
        entry = value["entry"]
        text = check_receipt_hash(entry)
        require(entry["tenant"] == self.header["tenant"],
                "binding_failed", "the entry is of another tenant's ledger")
        self.check_chain(entry)
        check_receipt_signature(entry, self.trust)
        self.check_admission(entry)
        self.answers.check(entry)
        self.leaves.append(leaf_hash(text))
        self.last_hash = entry["receipt_hash"]
        self.last_ts = entry["ts"]
        self.streams[entry["stream"]] = (entry["stream_seq"], entry["receipt_hash"])
        self.due += 1

    def check_chain(self, entry):
        def gap(condition, detail):
            require(condition, "chain_gap", detail)

        gap(entry["seq"] == self.due, "seq %d where %d was due" % (entry["seq"], self.due))
        gap(entry["seq"] <= self.header["to"], "an entry after seq %d, the last" % self.header["to"])
        gap(entry["prev_receipt_hash"] == self.last_hash, "prev_receipt_hash is not that of the entry before")
        gap(entry["ts"] >= self.last_ts, "ts goes back")
        stream_seq, stream_hash = self.streams.get(entry["stream"], (0, None))
        gap(entry["stream_seq"] == stream_seq + 1,
            "stream_seq %d where %d was due" % (entry["stream_seq"], stream_seq + 1))
        gap(entry["prev_stream_hash"] == stream_hash,
            "prev_stream_hash is not that of the entry before in the stream")

    def check_admission(self, entry):
        body = entry["body"]
        if entry["type"] in DISPATCH_TYPES:
            decision = body.get("decision_id")
            require(isinstance(decision, str) and decision in self.admitted, "admission_missing",
                    "decision %s was not dispatched before" % decision)
        if entry["type"] == OUTCOME_MISSING:
            self.outcomes_missing += 1
        if entry["type"] == DECISION and entry["stream"] == "wcp" and body["outcome"] == "DISPATCH":
            self.admitted.add(body["decision_id"])

    def form_of_checkpoint(self, value):
        require(isinstance(value["note"], str), "malformed", "note is not a text")

    def check_checkpoint(self, value, _line):
        checkpoint = Checkpoint(value["note"])
        checkpoint.check(self.trust)
        require(checkpoint.origin == self.header["origin"],
                "checkpoint_invalid", "the checkpoint is of another log")
        require(checkpoint.size > self.last_size,
                "checkpoint_invalid", "the checkpoint is not bigger than the one before")
        require(checkpoint.size <= self.header["to"], "chain_gap",
                "the checkpoint has %d entries, the file %d" % (checkpoint.size, self.header["to"]))
        while self.tree.size < checkpoint.size:
            self.tree.append(self.leaves[self.tree.size])
        require(self.tree.root() == checkpoint.root,
                "tree_mismatch", "the first %d entries have another root" % checkpoint.size)
        self.last_size = checkpoint.size
        self.checkpoints += 1

    def form_of_end(self, value):
        require(is_integer(value["entries"], 0), "malformed", "entries is not a number")
        require(is_match(HASH, value["sha256"]), "malformed", "sha256 is not a hash")

    def check_end(self, value, _line):
        require(value["entries"] == self.header["to"], "binding_failed", "entries is not the last seq")
        require(value["sha256"] == self.bytes_so_far.hexdigest(),
                "binding_failed", "sha256 is not that of the lines before")

    def summary(self):
        text = "export of %s: entries 1 to %d, %d contents, %d checkpoints" % (
            self.header["tenant"], self.header["to"], self.contents, self.checkpoints)
        if self.outcomes_missing:
            text += "; outcome_missing: %d" % self.outcomes_missing
        return text


# ------------------------------------------------------------------------------
# One receipt, with what stands around it (sections 8 and 9)

# Member beside the entry -> where in the entry the same is said.
RECEIPT_REPEATS = {
    "receipt_hash": "receipt_hash",
    "receipt_id": "receipt_id",
    "prev_receipt_hash": "prev_receipt_hash",
    "signing_key_id": "signing_key_id",
    "signature": "signature",
    "wcp_spec_version": "spec.wcp",
    "canon": "spec.canon",
}
DECISION_RECEIPT_REPEATS = {
    "correlation_id": "body.correlation_id",
    "dispatched_at": "body.dispatched_at",
    "worker_id": "body.worker_id",
    "capability_id": "body.capability_id",
    "policy_decision": "body.policy_decision",
    "controls_verified": "body.controls_verified",
    "artifact_hash": "body.artifact_hash",
    "hash": "body.artifact_hash",
}
DECISION_REPEATS = {
    "decision_id": "body.decision_id",
    "correlation_id": "body.correlation_id",
    "capability_id": "body.capability_id",
    "outcome": "body.outcome",
    "stage": "body.stage",
    "matched_rule_id": "body.matched_rule_id",
    "controls_verified": "body.controls_verified",
    "blast_score": "body.blast.score",
    "blast_gate_passed": "body.blast.gate_passed",
    "blast_sum": "body.blast.sum",
    "blast_chain_sum": "body.blast.chain",
    "core_outcome": "body.policy_decision",
    "deny_code": "body.deny_code",
    "worker_id": "body.worker_id",
    "request_hash": "body.artifact_hash",
    "artifact_hash": "body.seen.route_input_hash",
}


def member_at(value, path):
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


# These may be left out of a decision: then they say null.
NULL_WHEN_ABSENT = {"deny_code", "worker_id"}
# Nothing but a decision says these.
ONLY_DECISIONS_SAY = ("allowed", "denied", "core_outcome")
WAYS_TO_HOLD_RECEIPTS = ("decisions", "entries", "evidence_receipt", "entry")


def check_repeats(outer, entry, repeats, what, all_due):
    for member, path in repeats.items():
        if member not in outer:
            require(not all_due or member in NULL_WHEN_ABSENT, "binding_failed", "%s lacks %s" % (what, member))
            if not all_due:
                continue
        require(canonical(outer.get(member)) == canonical(member_at(entry, path)),
                "binding_failed", "%s: %s is not the entry's %s" % (what, member, path))


def check_decision(decision, entry):
    """The reply around the receipt of a decision is that decision, whole."""
    repeats = dict(DECISION_REPEATS)
    is_dry = entry["stream"] == "wcp.dry"
    if is_dry and entry["body"].get("worker_id") is None:
        del repeats["worker_id"]  # a dry run names the worker it would have chosen
    check_repeats(decision, entry, repeats, "decision", True)
    follows = {
        "allowed": entry["body"]["outcome"] == "DISPATCH",
        "denied": entry["body"]["outcome"] == "DENY",
        "dry_run": is_dry,
    }
    for member, value in follows.items():
        require(decision.get(member) is value, "binding_failed", "decision: %s is not %s" % (member, value))


def check_no_decision(reply, entry):
    """The reply around any other receipt must not pass for a decision."""
    for member in ONLY_DECISIONS_SAY:
        require(member not in reply, "binding_failed", "%s, but the receipt is not of a decision" % member)
    if "outcome" in reply:
        require(entry["type"] == "wcp.dispatch.%s" % reply["outcome"],
                "binding_failed", "the outcome is not that of the receipt")
    if "decision_id" in reply:
        require(canonical(reply["decision_id"]) == canonical(entry["body"].get("decision_id")),
                "binding_failed", "the decision_id is not that of the receipt")


class ReceiptVerifier:
    def __init__(self, trust):
        self.trust = trust
        self.line_number = 1
        self.entry = None
        self.checkpoint = None

    def named_seq(self):
        return self.entry["seq"] if self.entry else 0

    def run(self, data):
        reply, receipt = None, parse_json(data)
        if isinstance(receipt, dict):
            ways = [name for name in WAYS_TO_HOLD_RECEIPTS if name in receipt]
            says = any(name in receipt for name in ONLY_DECISIONS_SAY + ("outcome",))
            require(len(ways) < 2 and not (says and ways and ways[0] != "evidence_receipt"),
                    "malformed", "this could be read as more than one receipt")
            if not ways and "receipt_hash" in receipt:
                receipt = {"entry": receipt}
        if isinstance(receipt, dict) and "evidence_receipt" in receipt:
            reply, receipt = receipt, receipt["evidence_receipt"]
        require(isinstance(receipt, dict) and "entry" in receipt, "malformed", "there is no receipt")
        entry = receipt["entry"]
        check_entry_form(entry)
        self.entry = entry
        text = check_receipt_hash(entry)
        check_receipt_signature(entry, self.trust)
        is_decision = entry["type"] == DECISION
        all_due = reply is not None
        check_repeats(receipt, entry, RECEIPT_REPEATS, "evidence_receipt", all_due)
        if is_decision:
            check_repeats(receipt, entry, DECISION_RECEIPT_REPEATS, "evidence_receipt", all_due)
        if reply is not None:
            (check_decision if is_decision else check_no_decision)(reply, entry)
        if "tlog_proof" in receipt:
            self.check_proof(receipt["tlog_proof"], text)

    def check_proof(self, proof, text):
        require(isinstance(proof, str), "malformed", "tlog_proof is not a text")
        head, separator, note = proof.partition("\n\n")
        lines = head.split("\n")
        require(separator and lines.pop(0) == "c2sp.org/tlog-proof@v1",
                "malformed", "tlog_proof is not a proof")
        if lines and lines[0].startswith("extra "):
            require(from_base64(lines.pop(0)[6:]) is not None, "malformed", "the proof's extra is not base64")
        require(lines and lines[0].startswith("index "), "malformed", "the proof has no index")
        index = parse_decimal(lines.pop(0)[6:])
        require(index is not None, "malformed", "the proof's index is not a number")
        path = [from_base64(line) for line in lines]
        require(len(path) <= MAX_PATH and all(node is not None and len(node) == 32 for node in path),
                "malformed", "the proof's path is not of hashes")

        self.checkpoint = checkpoint = Checkpoint(note)
        checkpoint.check(self.trust)
        require(checkpoint.origin.endswith("/" + self.entry["tenant"]),
                "checkpoint_invalid", "the proof's checkpoint is of another log")

        require(index == self.entry["seq"] - 1, "tree_mismatch", "the proof is of another position")
        require(root_from_path(leaf_hash(text), index, checkpoint.size, path) == checkpoint.root,
                "tree_mismatch", "the proof does not lead to the checkpoint's root")

    def summary(self):
        text = "receipt of %s, seq %d, %s" % (
            self.entry["tenant"], self.entry["seq"], self.entry["type"])
        if self.checkpoint:
            return text + "; in the ledger as of checkpoint %d" % self.checkpoint.size
        return text + "; without a proof that the ledger holds it"


# ------------------------------------------------------------------------------


def printable(text):
    """A text from a file, safe to print on one line."""
    return "".join(
        character if " " <= character <= "~" else character.encode("unicode_escape").decode("ascii")
        for character in text
    )


def is_export(data):
    """An export begins with a line that is a header; a receipt is one JSON text by itself,
    on one line or indented. For a damaged file it makes no difference which it was."""
    first_line, _, rest = data.partition(b"\n")
    if rest.strip():
        return first_line.strip() != b"{"
    try:
        value = parse_json(first_line)
    except Failure:
        return True
    return isinstance(value, dict) and value.get("kind") == "header"


def read_file(path):
    with open(path, "rb") as file:
        return file.read()


def main(arguments=None):
    parser = argparse.ArgumentParser(
        description="Check a Guildhall ledger export, or a decision with its receipt.",
        epilog="Exit status: 0 all holds, 1 something does not, 2 nothing could be checked.")
    parser.add_argument("--keys", metavar="JWKS",
                        help="the keys you trust: a JWK Set, kept from /.well-known/jwks.json")
    parser.add_argument("--no-signatures", action="store_true",
                        help="check hashes, chains, trees and bindings only; proves nothing against a forger")
    parser.add_argument("file", nargs="+", help="export.ndjson, a decision, or its evidence receipt")
    options = parser.parse_args(arguments)
    if options.keys is None and not options.no_signatures:
        parser.error("--keys is needed to check signatures")

    try:
        keys = load_keys(read_file(options.keys)) if options.keys is not None else None
        files = [(path, read_file(path)) for path in options.file]
    except OSError as error:
        print("verify.py: %s" % error, file=sys.stderr)
        return 2
    except Failure as failure:
        print("verify.py: keys: %s" % failure.detail, file=sys.stderr)
        return 2

    status = 0
    for path, data in files:
        holds, verdict = judge(data, Trust(keys, check_signatures=not options.no_signatures))
        print(verdict if len(files) == 1 else "%s: %s" % (path, verdict))
        status = status if holds else 1
    return status


def judge(data, trust):
    """Whether the file holds, and the line that says so."""
    verifier = ExportVerifier(trust) if is_export(data) else ReceiptVerifier(trust)
    try:
        verifier.run(data)
    except Failure as failure:
        return False, "FAIL %s line=%d seq=%d %s" % (
            failure.label, verifier.line_number, verifier.named_seq(), printable(failure.detail))
    note = "" if trust.check_signatures else " (signatures NOT checked)"
    return True, "OK %s%s" % (printable(verifier.summary()), note)


if __name__ == "__main__":
    sys.exit(main())
