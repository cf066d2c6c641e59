"""Writes record-hash.json: records as text, and what the published Python clients hash for them (WCP 4.5).

Run by hand when a case is added: python3 test/vectors/record-hash.py > test/vectors/record-hash.json
"""

import hashlib
import json
import random

RECORD = '{"worker_id":"org.test.w","worker_species_id":"wrk.doc.summarizer","capabilities":["cap.doc.summarize"],"artifact_hash":"sha256:x"'


def with_members(members: str) -> str:
    return f"{RECORD},{members}}}"


def number_cases() -> list[str]:
    tokens = [
        "0", "-0", "1", "-1", "1.0", "-0.0", "0.0", "1e0", "1E5", "1e15", "1e16", "1e17", "1.5e16", "123456789012345.6",
        "1e21", "1e22", "1e+21", "1e-7", "1e-07", "1E-4", "0.0001", "0.00001", "0.00012345", "0.000012345", "5e-324",
        "1.7976931348623157e308", "2.2250738585072014e-308", "9007199254740993", "9007199254740993.0",
        "12345678901234567890123", "-12345678901234567890", "0.1", "0.30000000000000004", "1234567.875", "100.0",
        "9999999999999998.0", "99999999999999990000.0", "1e100", "123e-5", "0.5e1", "4.35", "2.675", "1e23",
    ]
    rng = random.Random(4)
    for _ in range(200):
        tokens.append(repr(rng.uniform(-1, 1) * 10.0 ** rng.randint(-320, 300)))
        tokens.append(f"{rng.randint(-999, 999)}.{rng.randint(0, 99999):05d}e{rng.randint(-30, 30)}")
    return [with_members(f'"x":[{",".join(tokens[i:i + 16])}]') for i in range(0, len(tokens), 16)]


def text_cases() -> list[str]:
    texts = [
        "", "plain", "a/b", 'quote " and \\', "tab\tnewline\nreturn\rfeed\fback\b", "\u0000\u0001\u001f", "\u007f",
        "\u0080\u00e9\u00ff", "\u2028\u2029", "\u4e16\u754c", "\U0001f600", "\U00010000\uffff", "\ud7ff\ue000", "~ \u00a0",
    ]
    cases = [with_members(f'"x":{json.dumps(text, ensure_ascii=escaped)}') for text in texts for escaped in (True, False)]
    cases.append(with_members('"x":"\\/ \\u0041 \\u00E9 \\uD83D\\uDE00"'))
    return cases


def key_cases() -> list[str]:
    names = ["b", "a", "B", "_", "10", "9", "1", "\u00e9", "\uffff", "\ue000", "\U00010000", "\U0001f600", "", "\u007f", "a b", "__proto__"]
    inner = ",".join(f"{json.dumps(name, ensure_ascii=False)}:{i}" for i, name in enumerate(names))
    return [
        with_members(inner.replace('"_"', '"_x"')),
        with_members(f'"nested":{{{inner},"artifact_hash":"kept, it is not the member at the top"}}'),
        with_members('"list":[{"z":1,"a":[]},{},[],[[]],null,true,false]'),
        "{ \"worker_id\" : \"org.test.w\" ,\n\t\"n\" : 1.0 }",
        "{}",
        '{"artifact_hash":"only"}',
    ]


def main() -> None:
    cases = []
    for text in number_cases() + text_cases() + key_cases():
        record = json.loads(text)
        record.pop("artifact_hash", None)
        compact = json.dumps(record, sort_keys=True, separators=(",", ":"))
        cases.append({"record": text, "python": compact, "hash": "sha256:" + hashlib.sha256(compact.encode()).hexdigest()})
    print(json.dumps({"clause": "WCP 4.5", "cases": cases}, indent=2, ensure_ascii=True))


main()
