/** A tenant with very much in it: workers, decisions of every outcome, rules, and questions that wait for people. */
import { call } from '../../src/cli/demo.ts';
import { ANNOUNCED, DEMO_RULES, DEMO_WORKERS } from '../../src/cli/demo-content.ts';
import type { LocalHall } from './local-hall.ts';

export interface Crowd {
  readonly decisions: number;
  readonly workers: number;
  readonly rules: number;
  readonly approvals: number;
}

const BATCH = 100;

const inTurns = async (count: number, atOnce: number, one: (index: number) => Promise<unknown>): Promise<void> => {
  let next = 0;
  const turn = async (): Promise<void> => {
    while (next < count) await one(next++);
  };
  await Promise.all(Array.from({ length: atOnce }, turn));
};

const numbered = (index: number): string => String(index).padStart(5, '0');

const QUESTIONS = [
  ANNOUNCED,
  { ...ANNOUNCED, capability_id: 'cap.web.fetch', data_label: 'PUBLIC' },
  { ...ANNOUNCED, capability_id: 'cap.doc.chunk', env: 'stage', data_label: 'INTERNAL' },
  { ...ANNOUNCED, capability_id: 'cap.no.such' },
] as const;

/** Held until a person answers; the worker writes to databases. */
const HELD = { ...ANNOUNCED, capability_id: 'cap.db.migrate', data_label: 'PUBLIC' };

/** The first decision of all asks for what no other one does: to be found by a filter at the far end. */
export const RAREST = 'cap.doc.hash';

export const gather = async ({ url, key }: LocalHall, wanted: Crowd): Promise<void> => {
  const [worker] = DEMO_WORKERS;
  await call(`${url}/wcp/route`, 'POST', key, { ...ANNOUNCED, capability_id: RAREST });
  await inTurns(wanted.workers, 10, (index) =>
    call(`${url}/v1/workers`, 'POST', key, {
      ...worker,
      worker_id: `org.example.crowd.w${numbered(index)}`,
      worker_species_id: `wrk.crowd.s${numbered(index % 50)}`,
    }),
  );
  const rules = Array.from({ length: wanted.rules }, (_, index) => ({
    rule_id: `rr_crowd_${numbered(index)}`,
    match: { capability_id: `cap.crowd.c${numbered(index)}` },
    decision: { candidate_workers_ranked: [{ worker_species_id: `wrk.crowd.s${numbered(index % 50)}` }] },
  }));
  await call(`${url}/v1/rules`, 'PUT', key, { rules: [...DEMO_RULES.rules, ...rules] });
  // Asked by an agent, so that whoever has the other key may answer.
  const asker = { name: 'an agent', environment: 'test', scopes: ['hall:route'] };
  const agent = String((await call(`${url}/v1/keys`, 'POST', key, asker)).api_key);
  const ask = (count: number, question: (index: number) => object) =>
    inTurns(Math.ceil(count / BATCH), 2, (batch) => {
      const size = Math.min(BATCH, count - batch * BATCH);
      const requests = Array.from({ length: size }, (_, index) => question(batch * BATCH + index));
      return call(`${url}/wcp/route/batch`, 'POST', agent, { requests });
    });
  await ask(wanted.approvals, (index) => ({ ...HELD, request: { table: `t${index}` } }));
  await ask(wanted.decisions - wanted.approvals, (index) => ({ ...QUESTIONS[index % QUESTIONS.length] }));
};
