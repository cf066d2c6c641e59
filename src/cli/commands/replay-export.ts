/**
 * Computes the decisions of an export again, from nothing but the contents in the same file. Says nothing of signatures
 * or of the tree: that is the verifier's part.
 */
import { fromUtf8 } from '../../core/bytes.ts';
import { canonicalJson } from '../../core/canonical.ts';
import { type ReplayError, Replayer } from '../../core/hall/replay.ts';
import { sha256Hex } from '../../core/hash.ts';
import { type JsonObject, type JsonValue, parseJson } from '../../core/json.ts';

export interface ReplayFailure {
  readonly label: 'malformed' | 'binding_failed' | 'replay_mismatch';
  readonly line: number;
  readonly seq?: number;
  readonly decision_id?: string;
  readonly detail: string;
}

const MAX_DEPTH = 64;

export class ExportReplay {
  readonly #contents = new Map<string, JsonValue>();
  readonly #replayer = new Replayer((hash) => this.#contents.get(hash));
  /** Replay only this one. */
  readonly #wanted: string | undefined;
  #line = 0;
  #ended = false;
  decisions = 0;
  /** The last decision that was computed again, in full. */
  decision: object | null = null;
  failure: ReplayFailure | undefined;

  constructor(wanted?: string) {
    this.#wanted = wanted;
  }

  get hasEnd(): boolean {
    return this.#ended;
  }

  /** One line without its newline. */
  line(bytes: Uint8Array): void {
    this.#line++;
    if (this.failure !== undefined) return;
    const text = fromUtf8(bytes);
    const parsed = text === undefined ? undefined : parseJson(text, { maxDepth: MAX_DEPTH });
    const members = parsed?.ok === true && isObject(parsed.value) ? parsed.value : {};
    const { kind, hash, value, entry } = members;
    if (typeof kind !== 'string') this.#fail('malformed', 'not a line of an export');
    else if (this.#line === 1 && kind !== 'header') this.#fail('malformed', 'the first line is no header');
    else if (kind === 'content' && typeof hash === 'string' && value !== undefined) this.#keep(hash, value);
    else if (kind === 'entry' && isObject(entry) && entry.type === 'wcp.decision') this.#again(entry);
    else if (kind === 'entry' && isObject(entry) && entry.type === 'cap.decision') this.#policyAgain(entry);
    else if (kind === 'end') this.#ended = true;
  }

  #keep(hash: string, value: JsonValue): void {
    if (sha256Hex(canonicalJson(value)) === hash) this.#contents.set(hash, value);
    else this.#fail('binding_failed', 'a content is not what its hash says');
  }

  #again({ seq, body }: JsonObject): void {
    const id = isObject(body) && typeof body.decision_id === 'string' ? body.decision_id : '';
    if (this.#wanted !== undefined && this.#wanted !== id) return;
    const again = this.#replayer.replay({ body: body ?? null });
    this.decisions++;
    const place = { ...(typeof seq === 'number' ? { seq } : {}), ...(id === '' ? {} : { decision_id: id }) };
    if (!again.ok) this.#fail('replay_mismatch', explain(again.error), place);
    else if (!again.value.same) this.#fail('replay_mismatch', firstDifference(body ?? null, again.value.body), place);
    else this.decision = again.value.decision;
  }

  #policyAgain({ seq, body }: JsonObject): void {
    const id = isObject(body) && typeof body.decision_id === 'string' ? body.decision_id : '';
    if (this.#wanted !== undefined && this.#wanted !== id) return;
    const again = this.#replayer.replayPolicy({ body: body ?? null });
    this.decisions++;
    const place = { ...(typeof seq === 'number' ? { seq } : {}), ...(id === '' ? {} : { decision_id: id }) };
    if (!again.ok) this.#fail('replay_mismatch', explain(again.error), place);
    else if (!again.value.same) this.#fail('replay_mismatch', firstDifference(body ?? null, again.value.body), place);
    else this.decision = again.value.body;
  }

  #fail(label: ReplayFailure['label'], detail: string, place: Partial<ReplayFailure> = {}): void {
    this.failure = { label, line: this.#line, ...place, detail };
  }
}

const explain = (error: ReplayError): string => {
  switch (error.reason) {
    case 'malformed_entry':
      return 'the entry does not have the form of a decision';
    case 'missing_content':
      return `the ${error.kind} ${error.hash.slice(0, 12)}… that it names are not in the file`;
    case 'malformed_content':
      return `the ${error.kind} ${error.hash.slice(0, 12)}… that it names cannot be read`;
  }
};

/** Where the recorded and the recomputed body part ways, as a JSON pointer with both values. */
export const firstDifference = (recorded: JsonValue, again: JsonValue, at = ''): string => {
  if (isObject(recorded) && isObject(again)) {
    const names = [...new Set([...Object.keys(recorded), ...Object.keys(again)])].sort();
    const name = names.find((each) => shown(recorded[each]) !== shown(again[each]));
    if (name !== undefined) {
      return firstDifference(recorded[name] ?? null, again[name] ?? null, `${at}/${name}`);
    }
  }
  return `${at || 'the body'} was recorded as ${brief(recorded)} and comes out as ${brief(again)}`;
};

const shown = (value: JsonValue | undefined): string => (value === undefined ? '' : canonicalJson(value));
const brief = (value: JsonValue): string => {
  const text = canonicalJson(value);
  return text.length <= 80 ? text : `${text.slice(0, 77)}…`;
};

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
