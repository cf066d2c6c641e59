/** `guildhall catalog`: look through the catalog, say what an id means in a Hall, take the catalog away, bring one in. */
import { writeFile } from 'node:fs/promises';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import { type Command, EXIT, readArgs, type Surroundings, UsageError } from './command.ts';
import { findHall, HALL_OPTIONS, hallAt, isRefused, refused, urlOfHall } from './hall.ts';
import { readText } from './input.ts';
import { OPERATOR_OPTIONS, operatorsHall } from './operator.ts';
import { bold, dim, good, headline, type Row, rows, table } from './paint.ts';

const USAGE = `guildhall catalog search [WORD ..] [--kind KIND] [--limit N] [--json]
guildhall catalog explain ID [--json]
guildhall catalog export [--version VERSION] [--out FILE]
guildhall catalog import FILE|- [--json]

search and export need no key. explain says what an id is, which workers of your Hall have to do with it, which rules name
it, and what superseded it. import is for the operator; what was published before can be tombstoned, never changed.

  --kind KIND          capability, species, control, policy, profile or event
  --version VERSION    the document imported under this version; else the catalog in force
  --url URL            the Hall; else GUILDHALL_URL, else the local demo
  --key KEY            (explain) an API key; else GUILDHALL_API_KEY, else that of the local demo
  --operator-key KEY   (import) else GUILDHALL_OPERATOR_KEY, else that of the local Guildhall`;

const search = async (args: readonly string[], at: Surroundings): Promise<number> => {
  const { values, positionals } = readArgs(
    args,
    { url: { type: 'string' }, kind: { type: 'string' }, limit: { type: 'string' }, json: { type: 'boolean' } },
    Number.POSITIVE_INFINITY,
  );
  const query = new URLSearchParams({ q: positionals.join(' '), limit: values.limit ?? '50' });
  if (values.kind !== undefined) query.set('kind', values.kind);
  const answer = await hallAt(urlOfHall(values.url, at.env), null).ask('GET', `/v1/catalog?${query}`);
  if (isRefused(answer)) return refused(answer, at, values.json === true);
  if (values.json === true) at.out(`${answer.text}\n`);
  else {
    const found = list(answer.value.entities).map((entity) => [
      textOf(entity.id),
      textOf(entity.risk_tier),
      said(entity),
    ]);
    at.out(found.length === 0 ? dim('nothing found\n') : table([['id', 'risk', ''], ...found]));
    if (answer.value.next_cursor !== null) at.out(dim('There is more: give another word, or --limit 200.\n'));
  }
  return EXIT.ok;
};

const said = ({ status, superseded_by: successor, description, name }: JsonObject): string => {
  if (status !== 'deprecated') return textOf(description ?? name);
  return successor ? `deprecated, see ${textOf(successor)}` : 'deprecated';
};

const explain = async (args: readonly string[], at: Surroundings): Promise<number> => {
  const { values, positionals } = readArgs(args, { ...HALL_OPTIONS, json: { type: 'boolean' } }, 1);
  const [id] = positionals;
  if (id === undefined) throw new UsageError('which id? Give one such as cap.doc.summarize');
  const answer = await findHall(values, at.env).ask('GET', `/v1/catalog/entities/${encodeURIComponent(id)}/explain`);
  if (isRefused(answer)) return refused(answer, at, values.json === true);
  if (values.json === true) at.out(`${answer.text}\n`);
  else at.out(explained(answer.value));
  return EXIT.ok;
};

const explained = ({ id, entity, in_catalog: known, workers, rules, succession, catalog }: JsonObject): string => {
  const { kind, status, description, name, risk_tier: risk } = (entity ?? {}) as JsonObject;
  const named = (label: string, values: readonly string[]): Row[] =>
    values.length === 0 ? [] : [[label, values.join(', ')]];
  return [
    headline(
      known === true ? good('✓') : dim('·'),
      `${bold(textOf(id))}  ${dim(known === true ? `${textOf(kind)}, ${textOf(status)}` : 'in no catalog')}`,
    ),
    rows([
      ...named(
        'What it is',
        [textOf(description ?? name)].filter((word) => word !== ''),
      ),
      ...named(
        'Risk',
        [textOf(risk)].filter((word) => word !== ''),
      ),
      ...named('Superseded by', strings(succession)),
      [
        'Workers here',
        list(workers)
          .map((worker) => textOf(worker.worker_id))
          .join(', ') || 'none',
      ],
      [
        'Rules here',
        list(rules)
          .map((rule) => `${textOf(rule.rule_id)} (${textOf(rule.how)})`)
          .join(', ') || 'none',
      ],
      ['Catalog', textOf((catalog as JsonObject | undefined)?.version)],
    ]),
  ].join('');
};

const exportCatalog = async (args: readonly string[], at: Surroundings): Promise<number> => {
  const { values } = readArgs(args, {
    url: { type: 'string' },
    version: { type: 'string' },
    out: { type: 'string', short: 'o' },
  });
  const query = values.version === undefined ? '' : `?version=${encodeURIComponent(values.version)}`;
  const answer = await hallAt(urlOfHall(values.url, at.env), null).ask('GET', `/v1/catalog/export${query}`);
  if (isRefused(answer)) return refused(answer, at, false);
  const { out } = values;
  // The very bytes: their SHA-256 is the hash that decisions name.
  if (out === undefined) at.out(answer.text);
  else {
    await writeFile(out, answer.text).catch(() => {
      throw new UsageError(`cannot write ${out}`);
    });
  }
  return EXIT.ok;
};

const importCatalog = async (args: readonly string[], at: Surroundings): Promise<number> => {
  const { values, positionals } = readArgs(args, { ...OPERATOR_OPTIONS, json: { type: 'boolean' } }, 1);
  const [path] = positionals;
  if (path === undefined) throw new UsageError('which document? Give a file, or - for standard input');
  const hall = operatorsHall(values, at.env);
  const answer = await hall.ask('POST', '/v1/catalog/import', await readText(path, at));
  if (isRefused(answer)) {
    const code = refused(answer, at, values.json === true);
    if (values.json !== true) {
      for (const fault of list(answer.value.errors)) at.err(`  ${textOf(fault.field)}  ${textOf(fault.message)}\n`);
    }
    return code;
  }
  if (values.json === true) at.out(`${answer.text}\n`);
  else {
    const { catalog, imported, added, tombstoned } = answer.value as Record<string, JsonObject>;
    const counts = Object.entries((imported?.counts ?? {}) as JsonObject).map(([kind, count]) => `${count} ${kind}`);
    at.out(headline(good('✓'), `${bold(`catalog ${textOf(imported?.version)}`)} is imported`));
    at.out(
      rows([
        ['It has', counts.join(', ')],
        ['New ids', String(added)],
        ['Tombstoned', strings(tombstoned).join(', ') || 'none'],
        ['In force', `${textOf(catalog?.version)}, revision ${textOf(catalog?.revision)}`],
        ['Hash', textOf(catalog?.hash)],
      ]),
    );
  }
  return EXIT.ok;
};

const textOf = (value: JsonValue | undefined): string => (value === undefined || value === null ? '' : String(value));
const list = (value: JsonValue | undefined): readonly JsonObject[] =>
  Array.isArray(value) ? (value as readonly JsonObject[]) : [];
const strings = (value: JsonValue | undefined): readonly string[] => (Array.isArray(value) ? value.map(textOf) : []);

const VERBS: Readonly<Record<string, (args: readonly string[], at: Surroundings) => Promise<number>>> = {
  search,
  explain,
  export: exportCatalog,
  import: importCatalog,
};

export const catalog: Command = {
  usage: USAGE,
  run: (args, at) => {
    const [verb = '', ...rest] = args;
    const run = Object.hasOwn(VERBS, verb) ? VERBS[verb] : undefined;
    if (run === undefined) throw new UsageError(`catalog can ${Object.keys(VERBS).join(', ')}`);
    return run(rest, at);
  },
};
