/**
 * The rules that keep the house standing, as data, and their checker. A change of a rule is a change here, made on
 * purpose. Takes sources as text and gives violations as text, so the rules themselves can be tested.
 */
import { dirname, join } from 'node:path/posix';
import type { Source } from './source.ts';

type Area =
  | 'core'
  | 'keys'
  | 'registry'
  | 'ledger'
  | 'tenant'
  | 'network'
  | 'witness'
  | 'services'
  | 'routes'
  | 'mcp'
  | 'app'
  | 'worker'
  | 'cli'
  | 'dashboard';

interface AreaRule {
  /** Areas that it may import; itself always. */
  readonly imports: readonly Area[];
  /** Areas that it may import types of, and nothing that runs. */
  readonly typesOf?: readonly Area[];
  /** Packages; a trailing `*` admits everything that begins so. */
  readonly packages: readonly string[];
  readonly banned: readonly (readonly [word: RegExp, why: string])[];
}

const WAITS = [
  [/\basync\b/, 'no waiting: `async`'],
  [/\bawait\b/, 'no waiting: `await`'],
] as const;
const FETCH = [/(?<!#)\bfetch\b/, 'no I/O: `fetch`'] as const;
const D1 = [/\bD1[A-Z]\w*/, 'no D1'] as const;
const OBJECT = {
  imports: ['core', 'ledger'],
  packages: ['cloudflare:workers', 'zod'],
  banned: [...WAITS, D1, FETCH],
} as const;

export const AREAS: Readonly<Record<Area, AreaRule>> = {
  core: {
    imports: [],
    packages: ['zod'],
    banned: [
      ...WAITS,
      [/\bPromise\b/, 'no waiting: `Promise`'],
      [/\bDate\.now\b/, 'no clock: `Date.now`'],
      [/\bnew\s+Date\s*(?:\(\s*\)|[;,)\]])/, 'no clock: `new Date()`'],
      [/\bperformance\.now\b/, 'no clock: `performance.now`'],
      [/\bset(?:Timeout|Interval)\b/, 'no clock: timers'],
      [/\bMath\.random\b/, 'no randomness: `Math.random`'],
      [/\brandomUUID\b/, 'no randomness: `randomUUID`'],
      [/\bgetRandomValues\b/, 'no randomness: `getRandomValues`'],
      [/\bEnv\b/, 'no environment: `Env`'],
      [/\bRequest\b/, 'no HTTP: `Request`'],
      FETCH,
    ],
  },
  keys: {
    imports: ['core'],
    packages: ['jose', 'node:crypto', 'zod'],
    banned: [[/\b(?:D1[A-Z]\w*|R2[A-Z]\w*|KVNamespace|DurableObject\w*|SqlStorage)\b/, 'no storage']],
  },
  registry: {
    imports: ['core'],
    packages: ['drizzle-orm*', 'better-auth*', '@better-auth/*', 'zod'],
    banned: [[/\.transaction\s*\(/, 'D1 refuses BEGIN: use `db.batch`, not `db.transaction`']],
  },
  ledger: { imports: ['core'], packages: [], banned: [D1, FETCH] },
  tenant: OBJECT,
  network: OBJECT,
  witness: OBJECT,
  services: {
    imports: ['core', 'keys', 'registry'],
    typesOf: ['ledger', 'tenant', 'network', 'witness'],
    packages: [],
    banned: [
      [/\.(?:prepare|exec)\s*\(|\bsql\s*`/, 'no SQL'],
      [/\bContext\b/, 'no HTTP context'],
    ],
  },
  routes: {
    imports: ['core', 'services'],
    packages: ['hono*', 'zod'],
    banned: [
      [/\bDurableObject(?:Stub|Namespace)\b|\.(?:getByName|idFromName|idFromString)\s*\(/, 'no object stubs'],
      [/\.prepare\s*\(|\bsql\s*`/, 'no SQL'],
    ],
  },
  mcp: {
    imports: ['core', 'services'],
    packages: ['hono*', '@modelcontextprotocol/server*', 'zod'],
    banned: [[/\bDurableObject(?:Stub|Namespace)\b|\.(?:getByName|idFromName|idFromString)\s*\(/, 'no object stubs']],
  },
  app: {
    imports: ['core', 'keys', 'registry', 'services', 'routes', 'mcp'],
    typesOf: ['tenant', 'network', 'witness'],
    packages: ['hono*'],
    banned: [],
  },
  worker: {
    imports: ['core', 'keys', 'registry', 'services', 'app', 'tenant', 'network', 'witness'],
    packages: ['cloudflare:workers'],
    banned: [],
  },
  cli: {
    imports: ['core', 'keys'],
    packages: ['node:*', 'zod', 'wrangler', 'miniflare', '@cloudflare/workers-types'],
    banned: [],
  },
  dashboard: { imports: ['core'], typesOf: ['app'], packages: ['*'], banned: [[/\bEnv\b/, 'no server code']] },
};

/** What single files may do beyond their area, each with the reason why it is that file and no other. */
const EXCEPTIONS: readonly {
  readonly path: RegExp;
  readonly packages?: readonly string[];
  readonly imports?: readonly Area[];
}[] = [
  { path: /^src\/core\/hash\.ts$/, packages: ['#sha256'] },
  { path: /^src\/core\/sha256\.native\.ts$/, packages: ['node:crypto'] },
  // The one place of a curve in core: assertions of passkeys, checked wherever an export is.
  { path: /^src\/core\/approval\/passkey\.ts$/, packages: ['@noble/curves/*'] },
  // The text of a policy, read when it is written; nothing that decides imports it.
  { path: /^src\/core\/policy\/source\.ts$/, packages: ['yaml'] },
  // The middleware that turns a credential into a caller: it parses keys, and compares secrets in constant time.
  { path: /^src\/routes\/caller\.ts$/, packages: ['node:crypto'], imports: ['keys'] },
];

/** Words that belong to a few files of the whole source. */
const RESERVED: readonly { readonly word: RegExp; readonly files: readonly string[]; readonly why: string }[] = [
  {
    word: /\btransactionSync\b/,
    files: ['src/ledger/commit.ts', 'src/ledger/ddl.ts'],
    why: 'one write path: only commit.ts opens a transaction (and ddl.ts, before there is anything to commit)',
  },
  { word: /\bsetAlarm\b/, files: ['src/ledger/commit.ts'], why: 'one write path: only commit.ts sets the alarm' },
  {
    word: /\bDate\.now\b|\bnew\s+Date\s*\(\s*\)|\bperformance\.now\b|\brandomUUID\b/,
    files: ['src/app.ts', 'src/ledger/commit.ts'],
    why: 'only commit.ts and the shell (app.ts) read the clock or mint ids',
  },
];

const WAITING_FILES = ['src/ledger/lane.ts', 'src/ledger/outbox.ts'];
const DECISION = /^src\/core\/hall\/decide[^/]*\.ts$/;
const DECISION_USERS = /^src\/core\/(?:hall\/|ledger\/replay[^/]*\.ts$)/;
const GENERATED = 'src/env.d.ts';

export const areaOf = (path: string): Area | null => {
  const [top = '', second = ''] = path.split('/');
  if (top === 'dashboard') return 'dashboard';
  if (top !== 'src') return null;
  const name = second.replace(/\.ts$/, '');
  return Object.hasOwn(AREAS, name) && name !== 'dashboard' ? (name as Area) : null;
};

const admits = (patterns: readonly string[], specifier: string): boolean =>
  patterns.some((pattern) =>
    pattern.endsWith('*') ? specifier.startsWith(pattern.slice(0, -1)) : specifier === pattern,
  );

/** A relative import as a path in the repository; null for a package. */
const target = (from: string, specifier: string): string | null =>
  specifier.startsWith('.') ? join(dirname(from), specifier) : null;

const lineOf = (source: Source, index: number): number => source.code.slice(0, index).split('\n').length;

const checkWord = (source: Source, word: RegExp, why: string): string[] => {
  const found = word.exec(source.code);
  return found === null ? [] : [`${source.path}:${lineOf(source, found.index)} ${why}`];
};

const checkDirections = (source: Source, area: Area): string[] => {
  const rule = AREAS[area];
  const extra = EXCEPTIONS.filter(({ path }) => path.test(source.path));
  const packages = [...rule.packages, ...extra.flatMap((exception) => exception.packages ?? [])];
  const imports: readonly Area[] = [area, ...rule.imports, ...extra.flatMap((exception) => exception.imports ?? [])];
  return source.imports.flatMap(({ specifier, typeOnly }) => {
    const to = target(source.path, specifier);
    if (to === null) return admits(packages, specifier) ? [] : [`${source.path} may not import ${specifier}`];
    const other = areaOf(to);
    if (other !== null && imports.includes(other)) return [];
    if (other !== null && typeOnly && rule.typesOf?.includes(other)) return [];
    return [
      `${source.path} may not import ${to}${rule.typesOf?.some((name) => name === other) ? ' (only its types)' : ''}`,
    ];
  });
};

/** Inside core: primitives (its own files) know no feature (its folders), and only the hall and replay know the decision. */
const checkCoreOrder = (source: Source): string[] => {
  const isPrimitive = /^src\/core\/[^/]+$/.test(source.path);
  return source.imports.flatMap(({ specifier }) => {
    const to = target(source.path, specifier);
    if (to === null) return [];
    if (isPrimitive && /^src\/core\/[^/]+\//.test(to))
      return [`${source.path} is a primitive and may not import ${to}`];
    if (DECISION.test(to) && !DECISION_USERS.test(source.path))
      return [`${source.path} may not import the decision (${to})`];
    return [];
  });
};

const checkSource = (source: Source): string[] => {
  if (source.path === GENERATED) return [];
  const area = areaOf(source.path);
  if (area === null) return [`${source.path} is in no folder that the architecture knows`];
  const words: (readonly [RegExp, string])[] = [...AREAS[area].banned];
  if (area === 'ledger' && !WAITING_FILES.includes(source.path)) words.push(...WAITS);
  if (area !== 'cli' && area !== 'dashboard') {
    for (const { word, files, why } of RESERVED) if (!files.includes(source.path)) words.push([word, why]);
  }
  return [
    ...checkDirections(source, area),
    ...(area === 'core' ? checkCoreOrder(source) : []),
    ...words.flatMap(([word, why]) => checkWord(source, word, why)),
  ];
};

/** Every cycle once, by the shortest way round that a depth-first walk meets. */
export const findCycles = (sources: readonly Source[]): string[] => {
  const edges = new Map(
    sources.map(
      ({ path, imports }) => [path, imports.flatMap(({ specifier }) => target(path, specifier) ?? [])] as const,
    ),
  );
  const done = new Set<string>();
  const cycles = new Map<string, string>();
  const visit = (path: string, trail: readonly string[]): void => {
    const met = trail.indexOf(path);
    if (met >= 0) {
      const members = trail.slice(met);
      cycles.set([...members].sort().join(), `import cycle: ${[...members, path].join(' → ')}`);
      return;
    }
    if (done.has(path)) return;
    for (const next of edges.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const path of edges.keys()) if (path !== GENERATED) visit(path, []);
  return [...cycles.values()];
};

export const violations = (sources: readonly Source[]): string[] =>
  [...sources.flatMap(checkSource), ...findCycles(sources)].sort();
