/** `guildhall replay`: computes the decisions of an export again, offline, and compares byte for byte. */
import { LineSplitter } from '../../core/ledger/lines.ts';
import { type Command, EXIT, json, readArgs, UsageError } from './command.ts';
import { chunksOf } from './input.ts';
import { bad, bold, count, dim, good, headline, rows } from './paint.ts';
import { ExportReplay } from './replay-export.ts';

const OPTIONS = { decision: { type: 'string' }, json: { type: 'boolean' } } as const;

export const replay: Command = {
  usage: `guildhall replay <export|-> [--decision ID] [--json]

Computes the decisions of an export again from the rules, policy, settings and workers in the file. Exit code 0: every one
comes out byte for byte as recorded; 1: the first that differs is named. Signatures are not checked: see verify --replay.

  --decision ID  only this one; prints the decision in full
  --json         the result as JSON`,
  run: async (args, at) => {
    const { values, positionals } = readArgs(args, OPTIONS, 1);
    const [path] = positionals;
    if (path === undefined) throw new UsageError('what is to be replayed? Give an export, or - for standard input');
    const replayed = new ExportReplay(values.decision);
    const splitter = new LineSplitter();
    for await (const chunk of chunksOf(path, at)) for (const line of splitter.push(chunk)) replayed.line(line);
    const { decisions } = replayed;
    const failure =
      replayed.failure ?? (replayed.hasEnd ? undefined : { label: 'malformed', detail: 'the file is no whole export' });
    if (failure !== undefined) {
      if (values.json === true) at.out(json({ ok: false, ...failure, decisions }));
      else at.out(failureText(failure));
      return EXIT.failed;
    }
    if (values.decision !== undefined && decisions === 0) {
      throw new UsageError(`${path} has no decision ${values.decision}`);
    }
    const { decision } = replayed;
    if (values.decision !== undefined)
      at.out(json(values.json === true ? { ok: true, decisions, decision } : decision));
    else if (values.json === true) at.out(json({ ok: true, decisions }));
    else {
      at.out(headline(good('✓'), `${count(decisions, 'decision')} computed again, byte for byte the same`));
      at.out(`  ${dim('From the contents of the file alone. Signatures and tree: guildhall verify.')}\n`);
    }
    return EXIT.ok;
  },
};

interface Shown {
  readonly label: string;
  readonly line?: number;
  readonly seq?: number;
  readonly decision_id?: string;
  readonly detail: string;
}

const failureText = ({ label, line, seq, decision_id: decision, detail }: Shown): string => {
  const place = [line === undefined ? '' : `line ${line}`, seq === undefined ? '' : `seq ${seq}`].filter(
    (part) => part !== '',
  );
  return (
    headline(bad('✗'), `${bad(label)}  ${bold(place.join(', '))}`.trimEnd()) +
    `  ${detail}\n${decision === undefined ? '' : rows([['Decision', decision]])}`
  );
};
