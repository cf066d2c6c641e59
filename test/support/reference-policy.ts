/**
 * CAP 5.6 once more, as naively as it can be said: plain documents, scanned from the top, regular expressions for globs.
 * Written from the specification; shares nothing with the engine, not even a type of its inputs.
 */
type Obj = { readonly [name: string]: unknown };
const obj = (value: unknown): Obj =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Obj) : {};
const arr = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : []);
const low = (value: unknown): string =>
  String(value ?? '')
    .trim()
    .toLowerCase();

export interface Asked {
  readonly tenant: string | null;
  readonly topic: string;
  readonly capability: string;
  readonly pack_id: string;
  readonly actor_id: string;
  readonly actor_type: string;
  readonly risk_tags: readonly string[];
  readonly requires: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly secrets: boolean;
  readonly job_id: string;
  readonly workflow_id: string;
  readonly session_id: string;
  readonly safety: Obj | null;
  /** How often a rule's counter was hit, this question included; null: cannot be read. */
  readonly counts: Readonly<Record<string, number | null>>;
}

export interface Answer {
  readonly outcome: string;
  readonly rule: string;
}

/** `\x` for itself, `*` and `?` within a segment, classes as written. */
const globRegExp = (glob: string): RegExp => {
  let source = '';
  for (let i = 0; i < glob.length; i++) {
    const char = glob[i] ?? '';
    if (char === '*') source += '[^/]*';
    else if (char === '?') source += '[^/]';
    else if (char === '[') {
      const end = glob.indexOf(']', i + 2);
      const inside = glob.slice(i + 1, end).replaceAll('\\', '\\\\');
      source += `(?!/)[${inside}]`;
      i = end;
    } else source += (char === '\\' ? (glob[++i] ?? '') : char).replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
  }
  return new RegExp(`^(?:${source})$`, 'u');
};
const globs = new Map<string, RegExp>();
const isLike = (topic: string, patterns: unknown): boolean =>
  arr(patterns).some((pattern) => {
    const known = globs.get(pattern) ?? globRegExp(pattern);
    globs.set(pattern, known);
    return known.test(topic);
  });

const mcpOf = (labels: Readonly<Record<string, string>>) => {
  const say = (field: string): string => {
    const names = [`mcp.${field}`, `mcp_${field}`, `mcp${field[0]?.toUpperCase()}${field.slice(1)}`];
    return names.map((name) => (labels[name] ?? '').trim()).find((value) => value !== '') ?? '';
  };
  const call: Readonly<Record<string, string>> = {
    server: say('server'),
    tool: say('tool'),
    resource: say('resource'),
    action: say('action').toLowerCase(),
  };
  return Object.values(call).some((value) => value !== '') ? call : null;
};
const objects = (lists: unknown, labels: Readonly<Record<string, string>>): boolean => {
  const call = mcpOf(labels);
  if (call === null) return false;
  return Object.entries(call).some(([field, value]) => {
    const allowed = arr(obj(lists)[`allow_${field}s`]).map(low);
    const denied = arr(obj(lists)[`deny_${field}s`]).map(low);
    if (value !== '' && denied.includes(low(value))) return true;
    return allowed.length > 0 && !allowed.includes(low(value));
  });
};

const STRICT = ['DENY', 'REQUIRE_APPROVAL', 'THROTTLE', 'ALLOW_WITH_CONSTRAINTS', 'ALLOW'];

export const referencePolicy = (
  bundles: readonly { readonly id: string; readonly document: Obj }[],
  asked: Asked,
  slug: string,
): Answer => {
  if (asked.topic === '') return { outcome: 'DENY', rule: '' };
  if (!asked.topic.startsWith('job.')) return { outcome: 'DENY', rule: '' };
  const inOrder = [...bundles].sort((a, b) => (a.id < b.id ? -1 : 1));
  const firstTenant = inOrder.map(({ document }) => document.default_tenant).find((name) => name !== undefined);
  const label = low(asked.tenant ?? firstTenant ?? 'default');
  const names = label === 'default' || label === slug ? ['default', slug] : [label];
  const tags = [...asked.risk_tags.map(low), ...(asked.secrets ? ['secrets'] : [])];
  const labels = { ...asked.labels, _source: 'api', ...(asked.secrets ? { secrets_present: 'true' } : {}) };

  const has = (list: unknown, value: string): boolean => value !== '' && arr(list).map(low).includes(low(value));
  const fits = (selector: unknown): boolean =>
    Object.entries(obj(selector)).every(([key, value]) => asked[key as 'job_id'] === value);
  const matches = (rule: Obj): boolean =>
    Object.entries(obj(rule.match)).every(([key, value]) => {
      if (key === 'tenants') return names.some((name) => has(value, name));
      if (key === 'capabilities') return has(value, asked.capability);
      if (key === 'pack_ids') return has(value, asked.pack_id);
      if (key === 'actor_ids') return has(value, asked.actor_id);
      if (key === 'actor_types') return has(value, asked.actor_type);
      if (key === 'topics') return isLike(asked.topic, value);
      if (key === 'risk_tags') return tags.some((tag) => has(value, tag));
      if (key === 'requires') return arr(value).every((one) => asked.requires.map(low).includes(low(one)));
      if (key === 'labels')
        return Object.entries(obj(value)).every(([name, wanted]) => (labels as Obj)[name] === wanted);
      if (key === 'secrets_present') return asked.secrets === value;
      if (key === 'mcp') return !objects(value, labels);
      if (key === 'label_allowlist')
        return Object.entries(obj(value)).every(([name, list]) => {
          const found = (labels as Obj)[name];
          return typeof found === 'string' && !arr(list).includes(found);
        });
      return Object.entries(obj(value)).every(([name, limit]) => {
        const found = (labels as Obj)[name];
        return typeof found === 'string' && found !== '' && Number(found) > Number(limit);
      });
    }) &&
    (rule.velocity === undefined ||
      asked.counts[String(rule.id)] === null ||
      Number(asked.counts[String(rule.id)]) > Number(obj(rule.velocity).max_requests));

  type Placed = { readonly rule: Obj; readonly bundle: string; readonly tier: unknown; readonly selector: unknown };
  const rules: Placed[] = inOrder.flatMap(({ id, document }) =>
    (Array.isArray(document.rules) ? (document.rules as Obj[]) : []).map((rule) => ({
      rule,
      bundle: id,
      tier: rule.tier ?? document.tier ?? 'global',
      selector: rule.selector ?? document.selector,
    })),
  );
  const wordOf = (rule: Obj): string =>
    rule.decision === 'ALLOW' && rule.constraints !== undefined ? 'ALLOW_WITH_CONSTRAINTS' : String(rule.decision);
  const allows = ({ rule }: Placed): boolean => wordOf(rule).startsWith('ALLOW');
  const first = (list: readonly Placed[]): Placed | undefined =>
    list.find(({ rule, selector }) => fits(selector) && matches(rule));
  const isFloor = ({ bundle }: Placed): boolean => bundle === 'secops/invariants';

  const floor = first(rules.filter((one) => isFloor(one) && !allows(one)));
  let found: Placed | undefined;
  for (const tier of ['job', 'workflow', 'global'])
    found ??= first(rules.filter((one) => !isFloor(one) && one.tier === tier));
  found ??= first(rules.filter((one) => isFloor(one) && allows(one)));

  let answer: Answer;
  if (found !== undefined) answer = { outcome: wordOf(found.rule), rule: String(found.rule.id) };
  else {
    const legacy = rules.length === 0 ? legacyAnswer(inOrder, asked.topic, names) : null;
    answer = legacy ?? { outcome: 'DENY', rule: '' };
    for (const tier of legacy === null ? ['global', 'workflow', 'job'] : []) {
      const said = inOrder
        .filter(({ document }) => (document.tier ?? 'global') === tier && fits(document.selector))
        .flatMap(({ document }) => (document.default_decision === undefined ? [] : [document.default_decision]));
      if (said.length > 0) answer = { outcome: said.every((word) => word === 'ALLOW') ? 'ALLOW' : 'DENY', rule: '' };
    }
  }

  const terms = inOrder.flatMap(({ document }) =>
    Object.entries(obj(document.tenants)).flatMap(([name, own]) =>
      names.includes(low(name)) ? [{ name: low(name), own: obj(own) }] : [],
    ),
  );
  const mine = terms.filter(({ name }) => name === names.find((one) => terms.some((term) => term.name === one)));
  if (answer.outcome !== 'DENY') {
    const denied =
      mine.some(({ own }) => isLike(asked.topic, own.deny_topics)) ||
      mine.some(({ own }) => own.mcp !== undefined && objects(own.mcp, labels)) ||
      (asked.safety !== null &&
        (isLike(asked.topic, asked.safety.denied_topics) ||
          (arr(asked.safety.allowed_topics).length > 0 && !isLike(asked.topic, asked.safety.allowed_topics)) ||
          objects(asked.safety.mcp, labels)));
    if (denied) answer = { outcome: 'DENY', rule: '' };
  }
  if (floor === undefined) return answer;
  const bound = { outcome: wordOf(floor.rule), rule: String(floor.rule.id) };
  return STRICT.indexOf(answer.outcome) < STRICT.indexOf(bound.outcome) ? answer : bound;
};

const legacyAnswer = (
  bundles: readonly { readonly document: Obj }[],
  topic: string,
  names: readonly string[],
): Answer | null => {
  const merged = new Map<string, { label: string; deny: string[]; allow: string[] }>();
  for (const { document } of bundles)
    for (const [label, own] of Object.entries(obj(document.tenants))) {
      const known = merged.get(low(label)) ?? { label, deny: [], allow: [] };
      known.deny.push(...arr(obj(own).deny_topics));
      known.allow.push(...arr(obj(own).allow_topics));
      merged.set(low(label), known);
    }
  for (const [name, { label, deny, allow }] of merged) {
    if (!names.includes(name)) continue;
    for (const [side, list] of [
      ['deny', deny],
      ['allow', allow],
    ] as const) {
      const at = list.findIndex((glob) => isLike(topic, [glob]));
      if (at >= 0) return { outcome: side === 'deny' ? 'DENY' : 'ALLOW', rule: `legacy:${label}:${side}:${at}` };
    }
  }
  return null;
};
