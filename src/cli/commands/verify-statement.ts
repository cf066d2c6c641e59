/** Verifies an attestation statement (FORMATS.md, section 11); offline, with pinned keys. */
import { parseJson } from '../../core/json.ts';
import { keyFor } from '../../core/ledger/trust.ts';
import { type Statement, type StatementFault, verifyStatement } from '../../core/registry/statement.ts';
import type { Result } from '../../core/result.ts';
import { verifyEd25519 } from '../../keys/ring.ts';
import { EXIT, json, type Surroundings } from './command.ts';
import { bad, bold, good, headline, rows } from './paint.ts';
import type { PinnedKeys } from './pinned-keys.ts';

/** Null: the text is something else than a statement. */
export const statementIn = (text: string): unknown => {
  const parsed = parseJson(text.trim());
  if (!parsed.ok || typeof parsed.value !== 'object' || parsed.value === null || Array.isArray(parsed.value))
    return null;
  return Object.hasOwn(parsed.value, 'manifest_id') && Object.hasOwn(parsed.value, 'code_hash') ? parsed.value : null;
};

const FAULTS: Readonly<Record<StatementFault, string>> = {
  malformed: 'it is not of the form of a statement',
  key_untrusted: 'it is signed by a key that is not among those you trust',
  signature_invalid: 'its signature does not hold: it was changed, or never signed',
};

/** Prints the verdict; answers the exit code. */
export const judgeStatement = (sent: unknown, pinned: PinnedKeys | null, at: Surroundings, asJson: boolean): number => {
  const keys = pinned?.keys ?? [];
  const verdict = verifyStatement(sent, (id) => keyFor(keys, 'receipt', id)?.publicKey, verifyEd25519);
  if (asJson) at.out(json(shown(verdict)));
  else if (verdict.ok) printed(verdict.value, pinned?.source ?? '', at);
  else at.out(headline(bad('✗'), `${bold(verdict.error)}: ${FAULTS[verdict.error]}`));
  return verdict.ok ? EXIT.ok : EXIT.failed;
};

const shown = (verdict: Result<Statement, StatementFault>): object =>
  verdict.ok
    ? { ok: true, kind: 'statement', statement: verdict.value }
    : { ok: false, kind: 'statement', label: verdict.error, detail: FAULTS[verdict.error] };

const printed = (statement: Statement, source: string, at: Surroundings): void => {
  at.out(headline(good('✓'), `${bold(statement.worker_id)} was attested`));
  at.out(
    rows([
      ['Code hash', statement.code_hash],
      ['Method', statement.hash_method],
      ['By', `${statement.attested_by}, ${statement.attested_at}`],
      ['Statement', statement.manifest_id],
      ['Keys', source],
    ]),
  );
};
