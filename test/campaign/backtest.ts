/**
 * `node test/campaign/backtest.ts [decisions]`: a past of so many decisions on a Guildhall of its own, a candidate tried
 * on it page by page, and the same questions decided by the candidate in another tenant. Exits 1 where the counts differ.
 */
import { call } from '../../src/cli/demo.ts';
import { candidateRules, expectedCounts, questionsOf, rulesInForce } from '../support/history.ts';
import { type LocalHall, newTenant, withGuildhall } from '../support/local-hall.ts';

const [count = 100_000] = process.argv.slice(2).map(Number);
type Members = Readonly<Record<string, unknown>>;

const rules = {
  rules: [
    {
      rule_id: 'rr',
      match: { capability_id: 'cap.doc.summarize' },
      decision: {
        candidate_workers_ranked: [{ worker_species_id: 'wrk.doc.summarizer' }],
        escalation: { policy_gate: true },
      },
    },
  ],
};

const governed = async (hall: LocalHall, name: string, content: string): Promise<LocalHall> => {
  const tenant = await newTenant(hall, name);
  await call(`${tenant.url}/v1/rules`, 'PUT', tenant.key, rules);
  await call(`${tenant.url}/v1/settings`, 'PATCH', tenant.key, { enforce_blast_scoring_in_prod: false });
  await call(`${tenant.url}/v1/policies`, 'PUT', tenant.key, { content });
  return tenant;
};

/** Only what the comparison reads is kept. */
const decideAll = async ({ url, key }: LocalHall): Promise<Members[]> => {
  const questions = questionsOf(count);
  const decisions: Members[] = [];
  for (let at = 0; at < count; at += 100) {
    const answer = await call(`${url}/wcp/route/batch`, 'POST', key, { requests: questions.slice(at, at + 100) });
    for (const { outcome, core_outcome, deny_reason_if_denied } of answer.decisions as Members[]) {
      decisions.push({ outcome, core_outcome, deny_reason_if_denied });
    }
  }
  return decisions;
};

const matches = await withGuildhall(async (hall) => {
  const past = await governed(hall, 'past', rulesInForce);
  const before = await decideAll(past);
  const after = await decideAll(await governed(hall, 'candidate', candidateRules));
  const size = async (): Promise<unknown> =>
    ((await call(`${past.url}/wcp/health`, 'GET', past.key)).ledger as Members).size;
  const sizeBefore = await size();
  const started = performance.now();
  let pages = 0;
  let page: Members = {};
  for (let cursor: object = {}; page.done !== true; cursor = { cursor: page.next_cursor }) {
    page = await call(`${past.url}/v1/policies/backtest`, 'POST', past.key, {
      content: candidateRules,
      limit: 10_000,
      ...cursor,
    });
    pages++;
    const { scanned, of, percent } = page.progress as Members;
    console.log(`page ${pages}: ${String(scanned)} of ${String(of)} entries, ${String(percent)} %`);
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const totals = page.totals as Members;
  const expected = Object.entries(expectedCounts(before, after));
  const wrong = expected.filter(([name, value]) => totals[name] !== value);
  const untouched = (await size()) === sizeBefore;
  console.log(`${String(totals.decisions)} decisions in ${pages} pages, ${seconds} s: ${JSON.stringify(totals)}`);
  console.log(
    wrong.length === 0 ? 'the counts are those of deciding everything again' : `expected ${JSON.stringify(expected)}`,
  );
  console.log(untouched ? 'the ledger is as it was' : 'the ledger has grown');
  return wrong.length === 0 && untouched && totals.decisions === count;
});
process.exitCode = matches ? 0 : 1;
