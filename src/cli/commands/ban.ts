/**
 * `guildhall ban`, `unban` and `impact`: stop a worker in every Hall of the network (as the operator) or in one's own, take
 * it back, and see which of one's receipts it touches.
 */
import type { JsonObject } from '../../core/json.ts';
import { isNamespace } from '../../core/registry/namespace.ts';
import { type Command, EXIT, readArgs, type Surroundings, UsageError } from './command.ts';
import { type Answer, findHall, HALL_OPTIONS, HALL_USAGE, type Hall, isRefused, refused } from './hall.ts';
import { OPERATOR_OPTIONS, OPERATOR_USAGE, operatorsHall } from './operator.ts';
import { bold, count, dim, good, headline, rows, table, wait } from './paint.ts';

const OPTIONS = { ...HALL_OPTIONS, ...OPERATOR_OPTIONS, own: { type: 'boolean' }, json: { type: 'boolean' } } as const;
const REASON = { reason: { type: 'string' } } as const;

const WHERE = `  --own                in this Hall alone, with an API key; else in every Hall of the network, as the operator
  --json               the answer as it came
${HALL_USAGE}
${OPERATOR_USAGE.split('\n').at(-1) ?? ''}`;

interface Flags {
  readonly url?: string | undefined;
  readonly key?: string | undefined;
  readonly 'operator-key'?: string | undefined;
  readonly own?: boolean | undefined;
  readonly json?: boolean | undefined;
}

/** The Hall to ask, and the path of its bans. */
const bansOf = (flags: Flags, env: Surroundings['env']): { readonly hall: Hall; readonly path: string } =>
  flags.own === true
    ? { hall: findHall(flags, env), path: '/v1/bans' }
    : { hall: operatorsHall(flags, env), path: '/v1/network/bans' };

const post = (hall: Hall, path: string, body: JsonObject): Promise<Answer> =>
  hall.ask('POST', path, JSON.stringify(body), { 'idempotency-key': crypto.randomUUID() });

const targetOf = (text: string): JsonObject => {
  if (/^(?:sha256:)?[0-9a-f]{64}$/i.test(text)) return { sha256: text };
  return isNamespace(text) ? { namespace: text } : { worker_id: text };
};

const reasonOf = (reason: string | undefined): string => {
  if (reason === undefined || reason === '') throw new UsageError('say why: --reason TEXT');
  return reason;
};

export const ban: Command = {
  usage: `guildhall ban <worker_id|namespace|sha256> --reason TEXT [--evidence URL] [--expires TIME] [--own] [--json]

Bans a worker, everything of a namespace, or an artifact by its hash. Answers when it is effective: from then on no Hall
dispatches it. That takes ten seconds at most where a Hall cannot be reached.

  --reason TEXT        for everybody to read
  --evidence URL       where more is said
  --expires TIME       when it ends by itself, as 2030-01-01T00:00:00Z
${WHERE}`,
  run: async (args, at) => {
    const options = { ...OPTIONS, ...REASON, evidence: { type: 'string' }, expires: { type: 'string' } } as const;
    const { values, positionals } = readArgs(args, options, 1);
    const [text] = positionals;
    if (text === undefined) throw new UsageError('which worker, namespace or hash?');
    const body = {
      target: targetOf(text),
      reason: reasonOf(values.reason),
      ...(values.evidence === undefined ? {} : { evidence_url: values.evidence }),
      ...(values.expires === undefined ? {} : { expires_at: values.expires }),
    };
    const { hall, path } = bansOf(values, at.env);
    const answer = await post(hall, path, body);
    if (isRefused(answer)) return refused(answer, at, values.json === true);
    if (values.json === true) at.out(`${answer.text}\n`);
    else sayBanned(answer.value, text, at);
    return EXIT.ok;
  },
};

const sayBanned = ({ ban_id, status, acknowledged, expired }: JsonObject, target: string, at: Surroundings): void => {
  if (status === 'effective') at.out(headline(good('✓'), `${bold(target)} is banned: no Hall dispatches it any more`));
  else at.out(headline(wait('…'), `${bold(target)} is banned, and effective when the last lease has run out`));
  const halls = typeof acknowledged === 'number' ? `${acknowledged} told, ${String(expired)} waited for` : '';
  at.out(rows([['Ban', String(ban_id)], ...(halls === '' ? [] : [['Halls', halls] as const])]));
};

export const unban: Command = {
  usage: `guildhall unban <ban_id> --reason TEXT [--own] [--json]

Lifts a ban. Halls learn of it with their next lease at the latest, in some seconds.

  --reason TEXT        for everybody to read
${WHERE}`,
  run: async (args, at) => {
    const { values, positionals } = readArgs(args, { ...OPTIONS, ...REASON }, 1);
    const [id] = positionals;
    if (id === undefined) throw new UsageError('which ban?');
    const reason = reasonOf(values.reason);
    const { hall, path } = bansOf(values, at.env);
    const answer = await post(hall, `${path}/${encodeURIComponent(id)}/lift`, { reason });
    if (isRefused(answer)) return refused(answer, at, values.json === true);
    at.out(values.json === true ? `${answer.text}\n` : headline(good('✓'), `${bold(id)} is lifted`));
    return EXIT.ok;
  },
};

export const impact: Command = {
  usage: `guildhall impact <ban_id> [--own] [--json]

The receipts of your Hall that used what a ban names: decisions that dispatched it, and what became of them.

  --own                the ban is one of this Hall's own; else one of the network's
  --json               all of them, as JSON lines
${HALL_USAGE}`,
  run: async (args, at) => {
    const { values, positionals } = readArgs(args, { ...HALL_OPTIONS, own: OPTIONS.own, json: OPTIONS.json }, 1);
    const [id] = positionals;
    if (id === undefined) throw new UsageError('the impact of which ban?');
    const hall = findHall(values, at.env);
    const path = `${values.own === true ? '/v1/bans' : '/v1/network/bans'}/${encodeURIComponent(id)}/impact?limit=200`;
    const lines: string[][] = [['recorded', 'what', 'worker', 'receipt']];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const answer: Answer = await hall.ask('GET', cursor === '' ? path : `${path}&cursor=${cursor}`);
      if (isRefused(answer)) return refused(answer, at, values.json === true);
      for (const receipt of answer.value.receipts as readonly JsonObject[]) {
        if (values.json === true) at.out(`${JSON.stringify(receipt)}\n`);
        lines.push([receipt.recorded_at, receipt.type, receipt.worker_id, receipt.receipt_id].map(String));
      }
      cursor = typeof answer.value.next_cursor === 'string' ? answer.value.next_cursor : null;
    }
    if (values.json !== true) {
      at.out(headline(dim('·'), `${count(lines.length - 1, 'receipt')} used what ${bold(id)} names`));
      if (lines.length > 1) at.out(table(lines));
    }
    return EXIT.ok;
  },
};
