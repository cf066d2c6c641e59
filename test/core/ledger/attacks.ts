/** Files that somebody changed, each under the name of what was done; the same bytes on every run. */
import { toBase64Url, utf8 } from '../../../src/core/bytes.ts';
import type { Actor } from '../../../src/core/caller.ts';
import { canonicalJson } from '../../../src/core/canonical.ts';
import { sha256Hex } from '../../../src/core/hash.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import {
  assembleNote,
  checkpointMessage,
  cosignatureLine,
  cosignatureMessage,
  logSignatureLine,
} from '../../../src/core/ledger/checkpoint.ts';
import { entryText, type SignedEntry } from '../../../src/core/ledger/entry.ts';
import { publicKeyJwk } from '../../../src/core/ledger/trust.ts';
import passkeys from '../../vectors/passkeys.json';
import {
  exportKeys,
  keyFromSeed,
  ledgerOf,
  logKey,
  ORIGIN,
  pick,
  receiptKey,
  type TestKey,
  TestLedger,
  WITNESS,
  witnessKey,
} from './fixture.ts';

type Attacked = Map<string, Uint8Array>;
type Signing = Pick<SignedEntry, 'receipt_hash'>;

const bytesOf = (lines: readonly string[]): Uint8Array => utf8(lines.map((line) => `${line}\n`).join(''));

/** With an end line that fits, so that nothing is found only because of it. */
const resealed = (lines: readonly string[]): string[] => {
  const body = lines.filter((line) => !line.includes('"kind":"end"'));
  const { to } = JSON.parse(/"to":\d+/.exec(body[0] ?? '')?.[0].replace(/.*/, '{$&}') ?? '{"to":0}') as { to: number };
  return [...body, canonicalJson({ kind: 'end', entries: to, sha256: sha256Hex(bytesOf(body)) })];
};

const isEntry = (line: string): boolean => line.startsWith('{"entry":');
const isCheckpoint = (line: string): boolean => line.startsWith('{"kind":"checkpoint"');

const flipped = (bytes: Uint8Array, at: number, bit: number): Uint8Array => {
  const bent = Uint8Array.from(bytes);
  bent[at] = (bytes[at] ?? 0) ^ (1 << bit);
  return bent;
};

/** What an editor can do. */
export function attackedExports(text: string): Attacked {
  const out: Attacked = new Map();
  const lines = text.slice(0, -1).split('\n');
  const first = lines.findIndex(isEntry);
  const entries = lines.filter(isEntry).length;
  const put = (name: string, bent: readonly string[]): void => void out.set(name, bytesOf(resealed(bent)));
  const asIs = (name: string, bent: string): void => void out.set(name, utf8(bent));
  const any = (name: string, count: number): number => pick(name) % count;

  for (let i = 0; i < 16; i++) {
    const at = any(`flip ${i}`, text.length - 200);
    out.set(`bit ${i % 7} of byte ${at}`, flipped(utf8(text), at, i % 7));
    const body = flipped(bytesOf(lines.slice(0, -1)), any(`sealed flip ${i}`, text.length - 200), i % 7);
    const end = canonicalJson({ kind: 'end', entries, sha256: sha256Hex(body) });
    out.set(`sealed flip ${i}`, new Uint8Array([...body, ...utf8(`${end}\n`)]));
  }
  for (let i = 0; i < 6; i++) {
    const at = first + any(`entry ${i}`, entries - 1);
    const line = lines[at] ?? '';
    put(`entry on line ${at} left out`, lines.toSpliced(at, 1));
    put(`entry on line ${at} twice`, lines.toSpliced(at, 0, line));
    put(`entry on line ${at} and the next swapped`, lines.toSpliced(at, 2, lines[at + 1] ?? '', line));
    put(`entry on line ${at} moved to the front`, lines.toSpliced(at, 1).toSpliced(first, 0, line));
  }
  const line = lines[first] ?? '';
  put('the last entry left out', lines.toSpliced(first + entries - 1, 1));
  put(
    'all entries left out',
    lines.filter((each) => !isEntry(each)),
  );
  put(
    'checkpoints left out',
    lines.filter((each) => !isCheckpoint(each)),
  );
  put('the last checkpoint left out', lines.toSpliced(-2, 1));
  put('checkpoints turned around', [
    ...lines.filter((each) => !isCheckpoint(each)),
    ...lines.filter(isCheckpoint).reverse(),
  ]);
  put('a checkpoint without a note', [...lines.slice(0, -2), '{"kind":"checkpoint"}']);
  put('two headers', [lines[0] ?? '', ...lines]);
  put('a content among entries', lines.toSpliced(first + 2, 0, lines[1] ?? ''));
  put('a content of another hash', lines.with(1, (lines[1] ?? '').replace(/"hash":"./, '"hash":"z')));
  put('an unknown kind', lines.toSpliced(1, 0, '{"kind":"x"}'));
  put('an empty line', lines.toSpliced(3, 0, ''));
  put('a list', lines.toSpliced(3, 0, '[]'));
  put('an entry line with a member more', lines.with(first, line.replace(/"kind":"entry"}$/, '"kind":"entry","x":1}')));
  put('an entry in another order', lines.with(first, canonicalJsonBackwards(line)));
  put('an entry of no form, and not canonical', lines.with(first, line.replace('"v":1', '"v": 2')));
  put('an entry of no form', lines.with(first, line.replace('"v":1', '"v":2')));
  put('seq 1.0', lines.with(first, line.replace('"seq":1,', '"seq":1.0,')));
  put('seq 1.5', lines.with(first, line.replace('"seq":1,', '"seq":1.5,')));
  put('seq -0', lines.with(first, line.replace('"seq":1,', '"seq":-0,')));
  put(
    'no hash before where one belongs',
    lines.with(first + 1, (lines[first + 1] ?? '').replace(/"prev_receipt_hash":"[^"]*"/, '"prev_receipt_hash":null')),
  );
  put(
    'a hash before the first',
    lines.with(first, line.replace('"prev_receipt_hash":null', `"prev_receipt_hash":"${'a'.repeat(64)}"`)),
  );
  put(
    'nested deeper than 64',
    lines.toSpliced(1, 0, `{"hash":"${'0'.repeat(64)}","kind":"content","value":${'['.repeat(64)}${']'.repeat(64)}}`),
  );
  put(
    'nested 64 deep',
    lines.toSpliced(1, 0, `{"hash":"${'0'.repeat(64)}","kind":"content","value":${'['.repeat(63)}${']'.repeat(63)}}`),
  );
  const [header = ''] = lines;
  const letter = header.indexOf('guildhall.local/witness');
  put(
    'a letter of the witness name in the header',
    lines.with(0, `${header.slice(0, letter)}h${header.slice(letter + 1)}`),
  );
  put('a key of the header with a use of its own', lines.with(0, header.replace('"use":"log"', '"use":"lag"')));
  put('a key of the header with a member more', lines.with(0, header.replace('{"crv"', '{"alg":"EdDSA","crv"')));
  put('a header with other tenant', lines.with(0, header.replace('"tenant":"demo"', '"tenant":"dem0"')));
  put('a header that promises more', lines.with(0, header.replace('"to":37', '"to":38')));
  put('a header that promises less', lines.with(0, header.replace('"to":37', '"to":36')));
  asIs('the end line counts other entries', text.replace('{"entries":37', '{"entries":36'));
  asIs('the end line with a hash of no form', text.replace(/"sha256":"./, '"sha256":"Z'));
  asIs('cut in the contents', lines.slice(0, 5).join('\n'));
  asIs('cut in the contents, at a line', `${lines.slice(0, 5).join('\n')}\n`);
  asIs('cut among the entries, at a line', `${lines.slice(0, first + 5).join('\n')}\n`);
  asIs('cut before the end line', `${lines.slice(0, -1).join('\n')}\n`);
  asIs('the last newline left out', text.slice(0, -1));
  asIs('more behind', `${text}{"kind":"x"}\n`);
  asIs('Windows newlines', text.replaceAll('\n', '\r\n'));
  asIs('a byte order mark', `\ufeff${text}`);
  return out;
}

const canonicalJsonBackwards = (line: string): string => {
  const { entry, kind } = JSON.parse(line) as { entry: JsonObject; kind: string };
  return JSON.stringify({ kind, entry });
};

const signedBy = (key: TestKey, entry: SignedEntry): string => {
  const signing: Signing = { receipt_hash: sha256Hex(entryText(entry)) };
  const signature = toBase64Url(key.sign(utf8(signing.receipt_hash)));
  return canonicalJson({ entry: { ...entry, ...signing, signature }, kind: 'entry' });
};

/** What needs a key: the pinned ones, stolen, or one of the thief's own. */
export function forgedExports(): Attacked {
  const out: Attacked = new Map();
  const size = 12;
  const ledger = ledgerOf(size, [5, size]);
  const lines = ledger.exportLines();
  const first = lines.findIndex(isEntry);
  const put = (name: string, bent: readonly string[]): void => void out.set(name, bytesOf(resealed(bent)));
  const entryAt = (seq: number): SignedEntry =>
    (JSON.parse(lines[first + seq - 1] ?? '') as { entry: SignedEntry }).entry;
  const withEntry = (seq: number, change: Partial<SignedEntry>, key = receiptKey): string[] =>
    lines.with(first + seq - 1, signedBy(key, { ...entryAt(seq), ...change }));

  put('sound', lines);
  const thief = keyFromSeed('thief');
  const kid = publicKeyJwk('receipt', thief.publicKey).kid;
  const rechained = (from: number, signer: string): string[] => {
    const bent = [...lines];
    const streams = new Map<string, string>();
    let before: string | null = null;
    for (let seq = 1; seq <= size; seq++) {
      const at = first + seq - 1;
      const entry = entryAt(seq);
      const place = { prev_receipt_hash: before, prev_stream_hash: streams.get(entry.stream) ?? null };
      if (seq >= from)
        bent[at] = signedBy(thief, { ...entry, ...place, signing_key_id: signer, trace_id: 'rewritten' });
      before = (JSON.parse(bent[at] ?? '') as { entry: Signing }).entry.receipt_hash;
      streams.set(entry.stream, before);
    }
    return bent;
  };
  put('rewritten from 4 on, in the name of the key', rechained(4, entryAt(1).signing_key_id));
  put('rewritten from 4 on, by another key', rechained(4, kid));
  const thiefInHeader = {
    ...(JSON.parse(lines[0] ?? '') as JsonObject),
    keys: [...exportKeys, publicKeyJwk('receipt', thief.publicKey)],
  };
  put(
    'rewritten from 4 on, by another key that the header names',
    rechained(4, kid).with(0, canonicalJson(thiefInHeader)),
  );

  put('a time that goes back', withEntry(6, { ts: entryAt(5).ts - 1 }));
  put('time 0', withEntry(1, { ts: 0 }));
  put('another tenant', withEntry(6, { tenant: 'other' }));
  put('a signing key id of no form', withEntry(6, { signing_key_id: 'x' }));
  put('the last entry rewritten', withEntry(size, { trace_id: 'x' }));
  put('an earlier entry rewritten', withEntry(6, { trace_id: 'x' }));
  put(
    'a stream place that does not follow',
    withEntry(6, { stream_seq: entryAt(6).stream_seq + 3, prev_stream_hash: 'a'.repeat(64) }),
  );
  const decision = ledger.sealed.findLast(({ entry }) => entry.type === 'wcp.decision')?.entry;
  if (decision !== undefined) {
    const { body, seq } = decision;
    put(
      'a decision with the id of another place',
      withEntry(seq, { body: { ...body, decision_id: entryAt(1).body.decision_id ?? null } }),
    );
    put('a decision without an outcome', withEntry(seq, { body: { ...body, outcome: 'MAYBE' } }));
    put('an outcome of no decision', withEntry(seq, { type: 'wcp.dispatch.completed', body: {} }));
    put(
      'an outcome of an unknown decision',
      withEntry(seq, { type: 'wcp.dispatch.failed', body: { decision_id: 'x' } }),
    );
  }
  const longer = ledgerOf(size + 1, [5, size]).exportLines();
  put('an entry beyond the last', longer.with(0, lines[0] ?? ''));
  const uncovered = resealed(ledgerOf(size, [5]).exportLines());
  put('the end not covered', uncovered);
  out.set('the end not covered, and a line behind', bytesOf([...uncovered, '{}']));
  put('an empty ledger with a checkpoint', new TestLedger().exportLines().toSpliced(1, 0, lines.at(-2) ?? ''));

  const note = ledger.notes.at(-1) ?? '';
  const text = note.slice(0, note.indexOf('\n\n') + 1);
  const cosigned = (over: string, name = WITNESS): string =>
    cosignatureLine(name, witnessKey.publicKey, 7, witnessKey.sign(cosignatureMessage(over, 7)));
  const logged = (over: string, name = ORIGIN, key = logKey): string =>
    logSignatureLine(name, key.publicKey, key.sign(checkpointMessage(over)));
  const withNote = (name: string, over: string, ...signatures: string[]): void =>
    put(name, lines.toSpliced(-2, 1, canonicalJson({ kind: 'checkpoint', note: assembleNote(over, signatures) })));
  const otherRoot = text.replace(/\n.{43}=\n/, `\n${'A'.repeat(43)}=\n`);
  withNote('a checkpoint with an extension line', `${text}more\n`, logged(`${text}more\n`), cosigned(`${text}more\n`));
  withNote('a line by nobody known', text, logged(text), cosigned(text), logged(text, 'elsewhere', thief));
  withNote('another root', otherRoot, logged(otherRoot), cosigned(otherRoot));
  withNote('another root, signed before', otherRoot, logged(text), cosigned(text));
  withNote('not cosigned', text, logged(text));
  withNote('cosigned under another name', text, logged(text), cosigned(text, 'witness.example/w2'));
  withNote('signed by the witness alone', text, cosigned(text));
  withNote('signed twice', text, logged(text), logged(text), cosigned(text));
  withNote('the log under another name', text, logged(text, 'elsewhere'), cosigned(text));
  const ofOther = text.replace(ORIGIN, 'log.example/acne');
  withNote('of another log', ofOther, logged(ofOther, 'log.example/acne'), cosigned(ofOther));
  const bigger = text.replace(`\n${size}\n`, `\n${size + 1}\n`);
  withNote('of more entries', bigger, logged(bigger), cosigned(bigger));
  const huge = text.replace(`\n${size}\n`, '\n9007199254740993\n');
  withNote('of more entries than can be counted', huge, logged(huge), cosigned(huge));
  withNote('by a log that nobody knows', text, logged(text, ORIGIN, thief), cosigned(text));
  const strangeLog = canonicalJson({ ...thiefInHeader, keys: [...exportKeys, publicKeyJwk('log', thief.publicKey)] });
  const byStranger = canonicalJson({
    kind: 'checkpoint',
    note: assembleNote(text, [logged(text, ORIGIN, thief), cosigned(text)]),
  });
  const badly = canonicalJson({
    kind: 'checkpoint',
    note: assembleNote(text, [logged(otherRoot, ORIGIN, thief), cosigned(text)]),
  });
  put('a checkpoint by a log of the header', lines.with(0, strangeLog).toSpliced(-2, 1, byStranger));
  put('a checkpoint badly signed by a log of the header', lines.with(0, strangeLog).toSpliced(-2, 1, badly));
  put(
    'not signed, and the header knows another log',
    lines
      .with(0, strangeLog)
      .toSpliced(-2, 1, canonicalJson({ kind: 'checkpoint', note: assembleNote(text, [cosigned(text)]) })),
  );
  put(
    'a witness with another name in the header',
    lines.with(0, (lines[0] ?? '').replace(WITNESS, 'witness.example/w2')),
  );
  return out;
}

/** Ledgers of one who holds the signing keys and writes what nobody signed (FORMATS 13). */
export function signedAnswers(): Attacked {
  const out: Attacked = new Map();
  const person = { kind: 'human', id: 'user_1', role: 'approver' } as const;
  const [es256, eddsa] = passkeys.signed.map(({ signed }) => signed) as [Signed, Signed];
  const registered = ({ algorithm, credential_id, public_key, rp_id }: Signed): Line => [
    'hall.passkey.registered',
    { algorithm, credential_id, public_key, rp_id, user_id: person.id, before: null, after: null },
  ];
  const asked: Line = ['wcp.approval.requested', { approval_id: 'apr_1', passkey: true }];
  const yes = (change: JsonObject = {}, signed: Signed = es256): Line => [
    'wcp.approval.approved',
    { approval_id: 'apr_1', ...passkeys.terms, passkey: { ...signed }, ...change },
  ];
  const put = (name: string, ...of: readonly Line[]): void => {
    const ledger = new TestLedger();
    for (const [type, body, actor = person] of of) {
      ledger.append({ type, stream: 'hall', actor, trace_id: null, cause: null, body });
    }
    ledger.publish();
    out.set(name, bytesOf(ledger.exportLines()));
  };
  const { passkey: _, ...unsigned } = yes()[1];
  const by = (id: string, [type, body]: Line): Line => [type, body, { ...person, id }];
  const client = (change: JsonObject): Signed => ({
    ...es256,
    client_data_json: toBase64Url(
      utf8(
        JSON.stringify({
          type: 'webauthn.get',
          challenge: passkeys.challenge,
          origin: 'https://hall.example.com',
          ...change,
        }),
      ),
    ),
  });
  const bentAt = (name: keyof Signed, at: number): Signed => ({
    ...es256,
    [name]: toBase64Url(flipped(Buffer.from(es256[name], 'base64url'), at, 0)),
  });

  put('signed by ES256', registered(es256), asked, yes());
  put('signed by EdDSA', registered(eddsa), asked, yes({}, eddsa));
  put('a no, not signed', asked, ['wcp.approval.rejected', { ...unsigned, verdict: 'deny' }]);
  put('not signed where nobody asked for it', ['wcp.approval.approved', unsigned]);
  put('nobody answered', asked, ['cap.approval_resolved', { ...unsigned, verdict: null }]);

  put('not signed', registered(es256), asked, ['wcp.approval.approved', unsigned]);
  put('a vote that is not signed', registered(es256), asked, ['wcp.approval.voted', unsigned]);
  put('never registered', asked, yes());
  put('registered later', asked, yes(), registered(es256));
  put('given up before', registered(es256), ['hall.passkey.revoked', { credential_id: 'cred-ES256' }], yes());
  put('registered twice', registered(es256), registered(es256));
  put('registered for somebody else', by('user_2', registered(es256)));
  put('answered by somebody else', registered(es256), by('user_2', yes()));
  put('another question', registered(es256), yes({ subject_hash: 'ef'.repeat(32) }));
  put('another policy', registered(es256), yes({ policy: null }));
  put('another time', registered(es256), yes({ expires_at: 1 }));
  put('the other verdict', registered(es256), yes({ verdict: 'deny' }));
  put('another key', registered(es256), yes({}, { ...es256, public_key: eddsa.public_key }));
  put('another site', registered(es256), yes({}, { ...es256, rp_id: 'example.org' }));
  put('no object', registered(es256), yes({ passkey: 'x' }));
  put('a member more', registered(es256), yes({ passkey: { ...es256, more: 'x' } }));
  for (const at of [1, 4, 20, 70])
    put(`bit of byte ${at} of the signature`, registered(es256), yes({}, bentAt('signature', at)));
  for (const at of [0, 32, 36]) {
    put(`bit of byte ${at} of the data`, registered(es256), yes({}, bentAt('authenticator_data', at)));
  }
  put('client data of somebody else', registered(es256), yes({}, client({})));
  put('an origin elsewhere', registered(es256), yes({}, client({ origin: 'https://evilexample.com' })));
  put('an empty signature', registered(es256), yes({}, { ...es256, signature: 'MAA' }));
  return out;
}

type Signed = Readonly<
  Record<
    'algorithm' | 'credential_id' | 'public_key' | 'rp_id' | 'authenticator_data' | 'client_data_json' | 'signature',
    string
  >
>;
type Line = readonly [type: string, body: JsonObject, actor?: Actor];

type Reply = Record<string, unknown> & { evidence_receipt: Record<string, unknown> & { entry: SignedEntry } };

/** What can be written around a genuine receipt, and instead of it. */
export function attackedDecisions(proved: string, denial: string, exported: string): Attacked {
  const out: Attacked = new Map();
  const put = (name: string, value: unknown): void => void out.set(name, utf8(JSON.stringify(value)));
  const reply = (): Reply => JSON.parse(proved) as Reply;
  const denied = (): Reply => JSON.parse(denial) as Reply;
  const bent = (name: string, change: (reply: Reply) => void, of = reply): void => {
    const value = of();
    change(value);
    put(name, value);
  };
  const genuine = reply();
  put('the receipt alone', genuine.evidence_receipt);
  put('an entry alone', genuine.evidence_receipt.entry);
  for (const name of BOUND) {
    bent(`without ${name}`, (value) => void delete value[name]);
    bent(`with another ${name}`, (value) => Object.assign(value, { [name]: 'another' }));
  }
  for (const name of ['receipt_hash', 'signature', 'canon', 'policy_decision', 'hash']) {
    bent(`receipt without ${name}`, ({ evidence_receipt: receipt }) => void delete receipt[name]);
    bent(`receipt with another ${name}`, ({ evidence_receipt: receipt }) =>
      Object.assign(receipt, { [name]: 'another' }),
    );
  }
  bent('a denial without its code', (value) => void delete value.deny_code, denied);
  bent('a denial that allows', (value) => Object.assign(value, { allowed: true }), denied);
  bent('a denial that does not deny', (value) => Object.assign(value, { denied: false }), denied);
  bent('a denial with a worker', (value) => Object.assign(value, { worker_id: 'org.example.worker' }), denied);
  bent('the receipt of another decision', (value) =>
    Object.assign(value, { evidence_receipt: denied().evidence_receipt }),
  );

  const lines = exported.split('\n').filter(isEntry);
  const other = lines.find((line) => line.includes('"type":"wcp.worker.enrolled"')) ?? lines[0] ?? '';
  const { entry } = JSON.parse(other) as { entry: SignedEntry };
  const { receipt_hash, receipt_id, prev_receipt_hash, signing_key_id, signature, spec } = entry;
  const flat = {
    receipt_hash,
    receipt_id,
    prev_receipt_hash,
    signing_key_id,
    signature,
    wcp_spec_version: spec.wcp,
    canon: spec.canon,
  };
  put('a decision around a receipt of another type', { ...genuine, evidence_receipt: { ...flat, entry } });
  put('permission around a receipt of another type', { allowed: true, evidence_receipt: { ...flat, entry } });
  put('an outcome around a receipt of another type', { outcome: 'DISPATCH', evidence_receipt: { ...flat, entry } });
  put('a decision id around a receipt of another type', { decision_id: 'x', evidence_receipt: { ...flat, entry } });
  put('a decision beside an entry', { outcome: 'DISPATCH', allowed: true, entry });
  put('a forged decision beside a genuine list', { ...genuine, outcome: 'DENY', entries: [entry] });
  put('two receipts', { evidence_receipt: { ...flat, entry }, entry: genuine.evidence_receipt.entry });

  bent('a proof that is no text', ({ evidence_receipt: receipt }) => Object.assign(receipt, { tlog_proof: 1 }));
  const withProof = (name: string, change: (proof: string) => string): void =>
    bent(name, ({ evidence_receipt: receipt }) =>
      Object.assign(receipt, { tlog_proof: change(String(receipt.tlog_proof)) }),
    );
  withProof('a proof of no form', (proof) => proof.replace('index 36', 'index x'));
  withProof('a proof of another index', (proof) => proof.replace('index 36', 'index 35'));
  withProof('a proof with a hash more', (proof) => proof.replace('index 36\n', `index 36\n${'A'.repeat(43)}=\n`));
  withProof('a proof with an extra that is no base64', (proof) => proof.replace('index 36', 'extra ?\nindex 36'));
  withProof('a proof with a checkpoint of no form', (proof) => proof.replace('\n37\n', '\n037\n'));
  withProof('a proof with a checkpoint of another size', (proof) => proof.replace('\n37\n', '\n38\n'));
  withProof('a proof without a cosignature', (proof) => proof.replace(/— guildhall.local\/witness .*\n/, ''));
  withProof('a proof without the log', (proof) => proof.replace(/— guildhall.local\/demo .*\n/, ''));

  out.set('a number spelled 1.0', utf8(proved.replace(/"v": 1\b/, '"v": 1.0')));
  out.set('a member named twice', utf8(proved.replace(/"v": 1\b/, '"v": 1, "v": 1')));
  bent('an entry with a member more', ({ evidence_receipt: { entry } }) => void Object.assign(entry, { x: 1 }));
  bent('an entry with another body', ({ evidence_receipt: { entry } }) => void Object.assign(entry.body, { x: 1 }));
  bent(
    'an entry with another hash',
    ({ evidence_receipt: { entry } }) => void Object.assign(entry, { receipt_hash: 'a'.repeat(64) }),
  );
  bent('an unknown key', ({ evidence_receipt: { entry } }) => {
    const changed = { ...entry, signing_key_id: 'A'.repeat(43) };
    Object.assign(entry, changed, { receipt_hash: sha256Hex(entryText(changed)) });
  });
  return out;
}

const BOUND = [
  'decision_id',
  'correlation_id',
  'capability_id',
  'outcome',
  'core_outcome',
  'allowed',
  'denied',
  'dry_run',
  'stage',
  'matched_rule_id',
  'controls_verified',
  'blast_score',
  'blast_gate_passed',
  'blast_sum',
  'blast_chain_sum',
  'request_hash',
  'artifact_hash',
  'worker_id',
  'evidence_receipt',
];
