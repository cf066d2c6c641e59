/**
 * Judges an export file line by line, every byte of it (form: `export.ts`; order of checks: FORMATS.md, section 9);
 * what holds between entries is `chain.ts`.
 * INVARIANT: entries are judged in order and the first failure is final, so it names the first bad entry. A line is
 * first checked the quick way; on any doubt the careful way decides and explains.
 */
import { PasskeyEvidence } from '../approval/evidence.ts';
import { fromUtf8, readableText, toHex } from '../bytes.ts';
import { canonicalJson } from '../canonical.ts';
import { type Sha256Stream, sha256Hex, sha256Stream } from '../hash.ts';
import { type JsonObject, type JsonValue, parseJson } from '../json.ts';
import { err, ok, type Result } from '../result.ts';
import { EntryChain, type Fault } from './chain.ts';
import { type Cosigned, type NoteKey, openCheckpoint, type VerifyEd25519 } from './checkpoint.ts';
import type { EntryFacts } from './entry-facts.ts';
import { MAX_LINE_DEPTH, readEntryLine } from './entry-line.ts';
import { scanEntryLine } from './entry-scan.ts';
import { EXPORT_VERSION } from './export.ts';
import { LineSplitter } from './lines.ts';
import { keyFor, noteKeys, readHeaderKeys, type TrustedKey } from './trust.ts';
import { type Failure, isDecisionShaped, NOT_DECISION_SHAPED } from './verify.ts';

export interface VerifierOptions {
  readonly verifyEd25519: VerifyEd25519;
  /** Keys known from elsewhere. Without them the most a file can show is that it agrees with itself. */
  readonly keys?: readonly TrustedKey[];
  /**
   * `checkpoints`: the signed trees vouch for the entries under them, and of the entries only the last one's signature
   * is checked, which vouches for the chain up to it. `all` (default): every receipt's signature as well.
   */
  readonly signatures?: 'all' | 'checkpoints';
}

export interface LedgerSummary {
  readonly tenant: string;
  readonly origin: string;
  readonly entries: number;
  readonly contents: number;
  readonly checkpoints: number;
  /** Entries under the last checkpoint: all of them, or the file is refused. */
  readonly covered: number;
  /** Who vouches for the last checkpoint beside the log; none when no witness is pinned. */
  readonly cosigned: readonly Cosigned[];
  readonly headHash: string | null;
  /** Hex root over all entries of the file. */
  readonly root: string;
  readonly dispatched: number;
  /** Dispatched decisions for which no outcome is recorded. */
  readonly open: number;
  /** Outcomes recorded as never having come. */
  readonly outcomesMissing: number;
}

export type LedgerVerdict =
  | { readonly ok: true; readonly summary: LedgerSummary }
  /** With a summary only when all agrees and nothing but a pinned key is missing. */
  | (Failure & { readonly summary?: LedgerSummary });

type Phase = 'header' | 'contents' | 'entries' | 'checkpoints' | 'ended';

interface Header {
  readonly tenant: string;
  readonly origin: string;
  readonly to: number;
  readonly chain: EntryChain;
  readonly passkeys: PasskeyEvidence;
  readonly noteKeys: readonly NoteKey[];
  readonly needsWitness: boolean;
  /** Log keys that the file names and nobody pinned. */
  readonly strangeLogKeys: readonly NoteKey[];
}

const ENTRY_LINE = '{"entry":';

export class LedgerVerifier {
  readonly #options: VerifierOptions;
  readonly #bytes: Sha256Stream = sha256Stream();
  readonly #splitter = new LineSplitter();
  #phase: Phase = 'header';
  #header: Header | undefined;
  #line = 0;
  #failure: Failure | undefined;
  #contents = 0;
  #checkpoints = 0;
  #covered = 0;
  #cosigned: readonly Cosigned[] = [];

  constructor(options: VerifierOptions) {
    this.#options = options;
  }

  /** The next bytes of the file, cut anywhere. Answers the first failure. */
  feed(chunk: Uint8Array): Failure | undefined {
    if (this.#failure !== undefined) return this.#failure;
    for (const bytes of this.#splitter.push(chunk)) {
      const text = fromUtf8(bytes);
      const failure =
        text === undefined ? this.#failNext('a line is not UTF-8', readableText(bytes)) : this.#next(text, bytes);
      if (failure !== undefined) return failure;
    }
    return undefined;
  }

  /** One line without its newline. Answers the first failure, from then on for every line. */
  line(text: string): Failure | undefined {
    return this.#failure ?? this.#next(text, text);
  }

  #next(text: string, asSent: string | Uint8Array): Failure | undefined {
    this.#line++;
    const fault = text.startsWith(ENTRY_LINE) ? this.#entryLine(text) : this.#otherLine(text);
    if (fault !== undefined) return this.#fail(fault, text);
    this.#bytes.update(asSent);
    this.#bytes.update('\n');
    return undefined;
  }

  /** After the last line. */
  finish(): LedgerVerdict {
    if (this.#failure !== undefined) return this.#failure;
    const header = this.#header;
    if (this.#splitter.hasRest) return this.#failNext('the last line is not complete');
    if (this.#phase !== 'ended' || header === undefined) return this.#failNext('the file ends before its end line');
    if (this.#covered < header.to) return this.#failUncovered();
    const summary = this.#summary(header);
    if (this.#options.keys?.some(({ use }) => use === 'receipt') === true) return { ok: true, summary };
    const detail = 'the file agrees with the keys it brings along, but no receipt key was pinned';
    return { ok: false, label: 'key_untrusted', line: 1, detail, summary };
  }

  #entryLine(text: string): Fault | undefined {
    const header = this.#header;
    if (header === undefined || (this.#phase !== 'contents' && this.#phase !== 'entries')) return this.#otherLine(text);
    const sure = scanEntryLine(text);
    const isSound = sure !== undefined && isDecisionShaped(sure) && judged(header, sure) === undefined;
    const fault = isSound ? signatureFault(header, sure) : this.#otherLine(text);
    if (fault === undefined) this.#phase = 'entries';
    return fault;
  }

  /** Any line, the careful way: strict JSON, then its canonical form, then what its kind asks for. */
  #otherLine(text: string): Fault | undefined {
    if (this.#phase === 'ended') return malformed('more lines after the end line');
    const parsed = readLine(text);
    if (!parsed.ok) return parsed.error;
    const { kind, ...members } = parsed.value;
    if (kind === 'header') return this.#headerLine(members);
    if (this.#header === undefined) return malformed('the first line is no header');
    if (kind === 'content') return this.#contentLine(members);
    if (kind === 'entry') return this.#doubtfulEntry(members, this.#header, text);
    if (kind === 'checkpoint') return this.#checkpointLine(members, this.#header);
    if (kind === 'end') return this.#endLine(members, this.#header);
    return malformed('a line of no known kind');
  }

  #doubtfulEntry(members: JsonObject, header: Header, text: string): Fault | undefined {
    if (!hasOnly(members, ['entry'])) return malformed('an entry line has an entry');
    if (this.#phase !== 'contents' && this.#phase !== 'entries') return malformed('an entry line out of place');
    const read = readEntryLine(text);
    if (!read.ok) return read.error;
    if (!isDecisionShaped(read.value)) return malformed(NOT_DECISION_SHAPED);
    return judged(header, read.value) ?? signatureFault(header, read.value);
  }

  #headerLine(members: JsonObject): Fault | undefined {
    const { v, tenant, origin, from, to, keys: list } = members;
    if (this.#phase !== 'header') return malformed('a second header');
    const isShaped = hasOnly(members, ['v', 'tenant', 'origin', 'from', 'to', 'keys']) && v === EXPORT_VERSION;
    const isNamed = typeof tenant === 'string' && typeof origin === 'string';
    if (!isShaped || !isNamed || from !== 1 || !isCount(to) || !Array.isArray(list)) {
      return malformed('the header does not have its form');
    }
    if (!origin.endsWith(`/${tenant}`)) return unbound('the origin is of another tenant');
    const brought = readHeaderKeys(list);
    if (brought === undefined) return unbound('a key of the header is not what its kid says');
    const known = this.#options.keys;
    if (known !== undefined && !agree(known, brought)) return unbound('the header gives a pinned key another name');
    // Pinned keys are the only ones that count; the file's own serve when there are none.
    const keys = known === undefined ? brought : namedAs(known, brought);
    const strange = brought.filter((key) => key.use === 'log' && keyFor(keys, 'log', key.kid) === undefined);
    const { verifyEd25519, signatures } = this.#options;
    const isSignatureDue = (seq: number): boolean => signatures !== 'checkpoints' || seq === to;
    this.#header = {
      tenant,
      origin,
      to,
      chain: new EntryChain({ tenant, keys, verifyEd25519, isSignatureDue }),
      passkeys: new PasskeyEvidence(),
      noteKeys: noteKeys(keys),
      needsWitness: keys.some((key) => key.use === 'witness'),
      strangeLogKeys: noteKeys(strange),
    };
    this.#phase = 'contents';
    return undefined;
  }

  #contentLine(members: JsonObject): Fault | undefined {
    if (this.#phase !== 'contents') return malformed('a content line out of place');
    if (!hasOnly(members, ['hash', 'value']) || !isHash(members.hash)) return malformed('a content has hash and value');
    if (sha256Hex(canonicalJson(members.value)) !== members.hash) {
      return unbound('a content is not what its hash says');
    }
    this.#contents++;
    return undefined;
  }

  #checkpointLine(members: JsonObject, header: Header): Fault | undefined {
    const invalid = (detail: string): Fault => ({ label: 'checkpoint_invalid', detail });
    if (!hasOnly(members, ['note']) || typeof members.note !== 'string') return malformed('a checkpoint has a note');
    if (header.chain.size !== header.to) return ENTRIES_MISSING;
    this.#phase = 'checkpoints';
    const opened = openCheckpoint(members.note, header.noteKeys, this.#options.verifyEd25519);
    if (!opened.ok) {
      const isStrange = (): boolean =>
        openCheckpoint(String(members.note), header.strangeLogKeys, this.#options.verifyEd25519).ok;
      return opened.error === 'no_log_signature' && isStrange()
        ? { label: 'key_untrusted', detail: 'signed by a log key that was not pinned' }
        : invalid(opened.error);
    }
    const { origin, size, root, cosigned } = opened.value;
    if (origin !== header.origin) return invalid('the checkpoint is of another log');
    if (size <= this.#covered) return invalid('checkpoints do not grow');
    if (header.needsWitness && cosigned.length === 0) return invalid('no witness has cosigned');
    if (size > header.to) return { label: 'chain_gap', detail: `a checkpoint covers ${size} entries` };
    if (toHex(header.chain.rootAt(size)) !== toHex(root)) {
      return { label: 'tree_mismatch', detail: `entries ${this.#covered + 1} to ${size} are not the ones signed` };
    }
    this.#checkpoints++;
    this.#covered = size;
    this.#cosigned = cosigned;
    return undefined;
  }

  #endLine(members: JsonObject, header: Header): Fault | undefined {
    if (!hasOnly(members, ['entries', 'sha256']) || !isCount(members.entries) || !isHash(members.sha256)) {
      return malformed('the end line has another form');
    }
    if (header.chain.size !== header.to) return ENTRIES_MISSING;
    if (members.entries !== header.to) return unbound('the end line counts other entries');
    if (members.sha256 !== this.#bytes.hex()) return unbound('the file is not what was sent');
    this.#phase = 'ended';
    return undefined;
  }

  #failNext(detail: string, text = ''): Failure {
    this.#line++;
    return this.#fail(malformed(detail), text);
  }

  /** Nobody has signed a tree with the last entries in it: they could be cut off or exchanged unseen. */
  #failUncovered(): Failure {
    const detail = `no checkpoint covers the entries after ${this.#covered}`;
    this.#failure = { ok: false, label: 'checkpoint_invalid', seq: this.#covered + 1, line: this.#line, detail };
    return this.#failure;
  }

  /** Names the position when the line stands where entries do; a damaged line may no longer say what it was. */
  #fail(fault: Fault, text: string): Failure {
    const next = fault.seq ?? (this.#header?.chain.size ?? 0) + 1;
    const isContent =
      !text.startsWith(ENTRY_LINE) && (text.startsWith('{"hash":') || text.includes('"kind":"content"'));
    const isAmongEntries = this.#phase === 'entries' || (this.#phase === 'contents' && !isContent);
    const place = isAmongEntries && next <= (this.#header?.to ?? 0) ? { seq: next } : {};
    this.#failure = { ok: false, label: fault.label, ...place, line: this.#line, detail: fault.detail };
    return this.#failure;
  }

  #summary({ tenant, origin, chain }: Header): LedgerSummary {
    return {
      tenant,
      origin,
      entries: chain.size,
      contents: this.#contents,
      checkpoints: this.#checkpoints,
      covered: this.#covered,
      cosigned: this.#cosigned,
      headHash: chain.headHash,
      root: toHex(chain.rootAt(chain.size)),
      dispatched: chain.dispatched,
      open: chain.open,
      outcomesMissing: chain.outcomesMissing,
    };
  }
}

const malformed = (detail: string): Fault => ({ label: 'malformed', detail });
const unbound = (detail: string): Fault => ({ label: 'binding_failed', detail });

const ENTRIES_MISSING: Fault = { label: 'chain_gap', detail: 'entries are missing at the end' };

function readLine(text: string): Result<JsonObject, Fault> {
  const parsed = parseJson(text, { maxDepth: MAX_LINE_DEPTH });
  if (!parsed.ok) return err(malformed(`${parsed.error.reason} at ${parsed.error.offset}`));
  const value: JsonValue = parsed.value;
  if (canonicalJson(value) !== text) return err(unbound('the line is not in canonical form'));
  return isObject(value) ? ok(value) : err(malformed('a line is an object'));
}

/** As the chain judges it; an entry beyond the last that the header announces has no place. */
function judged({ chain, to }: Header, facts: EntryFacts): Fault | undefined {
  const isBeyond = chain.size >= to;
  const fault = chain.judge(facts);
  if (!isBeyond || fault?.label === 'binding_failed') return fault;
  return { label: 'chain_gap', detail: `an entry after ${to}, the last` };
}

/** Of an answer that was signed with a passkey, or had to be (FORMATS 13); its body is read once more for that. */
function signatureFault({ passkeys }: Header, { seq, type, text }: EntryFacts): Fault | undefined {
  if (!PasskeyEvidence.concerns(type)) return undefined;
  const entry = JSON.parse(text) as { readonly actor: { readonly id: string }; readonly body: JsonObject };
  const wrong = passkeys.judge(type, entry.actor.id, entry.body);
  return wrong === null ? undefined : { label: 'approval_unsigned', detail: wrong, seq };
}

/** A key that both name has one name, so that no byte of the header's goes unchecked. */
function agree(pinned: readonly TrustedKey[], brought: readonly TrustedKey[]): boolean {
  return brought.every(({ use, kid, name }) => {
    const known = keyFor(pinned, use, kid)?.name;
    return name === undefined || known === undefined || name === known;
  });
}

/** A pinned witness whose name is not known gets it from the header. */
function namedAs(pinned: readonly TrustedKey[], brought: readonly TrustedKey[]): readonly TrustedKey[] {
  return pinned.map((key) => {
    const name = key.name ?? keyFor(brought, key.use, key.kid)?.name;
    return name === undefined ? key : { ...key, name };
  });
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function hasOnly(members: JsonObject, names: readonly string[]): boolean {
  return Object.keys(members).length === names.length && names.every((name) => Object.hasOwn(members, name));
}

function isHash(value: unknown): boolean {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
