/** `guildhall registry rebuild`: has the registry made again from the ledgers, piece by piece to the end. */
import { type Command, EXIT, readArgs, TransportError, UsageError } from './command.ts';
import { type Answer, type Hall, isRefused, refused } from './hall.ts';
import { OPERATOR_OPTIONS, OPERATOR_USAGE, operatorsHall } from './operator.ts';
import { bold, dim, good, headline, rows } from './paint.ts';

const OPTIONS = { ...OPERATOR_OPTIONS, cursor: { type: 'string' }, json: { type: 'boolean' } } as const;
const ATTEMPTS = 4;
const PAUSE_MS = 1000;

export const registry: Command = {
  usage: `guildhall registry rebuild [--cursor CURSOR] [--json]

Makes the list of workers and the owners of namespaces again from the ledgers, as the operator. The rows of a ledger are
missing while it is read. It can be broken off and begun again at any time.

  --cursor CURSOR   go on where an earlier run stopped
${OPERATOR_USAGE}`,
  run: async (args, at) => {
    const [verb, ...rest] = args;
    if (verb !== 'rebuild') throw new UsageError('registry can rebuild');
    const { values } = readArgs(rest, OPTIONS);
    const hall = operatorsHall(values, at.env);
    const asJson = values.json === true;
    const total = { ledgers: 0, entries: 0, unreadable: [] as string[] };
    for (let cursor = values.cursor ?? null; ; ) {
      const answer = await piece(hall, cursor).catch((error: unknown) => {
        at.err(stoppedAt(cursor));
        throw error;
      });
      if (isRefused(answer)) {
        if (answer.status >= 500) at.err(stoppedAt(cursor));
        return refused(answer, at, asJson);
      }
      const { done, ledgers, entries, unreadable, cursor: next } = answer.value;
      total.ledgers += Number(ledgers);
      total.entries += Number(entries);
      if (Array.isArray(unreadable)) total.unreadable.push(...unreadable.map(String));
      if (done === true) break;
      if (typeof next !== 'string') throw new TransportError('the Hall does not say where to go on');
      cursor = next;
      if (!asJson) at.err(dim(`${total.ledgers} ledgers, at ${cursor}\n`));
    }
    if (asJson) at.out(`${JSON.stringify(total)}\n`);
    else {
      at.out(headline(good('✓'), bold('the registry is what the ledgers say')));
      at.out(
        rows([
          ['Ledgers', String(total.ledgers)],
          ['Entries', String(total.entries)],
          ['Not read', total.unreadable.join(', ') || 'none'],
        ]),
      );
    }
    return total.unreadable.length === 0 ? EXIT.ok : EXIT.failed;
  },
};

/** A piece can be asked for again: it goes on from what is there. */
const piece = async (hall: Hall, cursor: string | null): Promise<Answer> => {
  for (let attempt = 1; ; attempt++) {
    try {
      const answer = await hall.ask('POST', '/v1/network/registry/rebuild', JSON.stringify({ cursor }));
      if (answer.status < 500 || attempt === ATTEMPTS) return answer;
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
};

const stoppedAt = (cursor: string | null): string =>
  cursor === null ? '' : `guildhall: stopped; --cursor ${cursor} goes on from here\n`;
