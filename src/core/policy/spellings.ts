/**
 * The spellings of CAP's announcement that its schema does not have (CAP 1, E2): budgets right under `constraints`, and
 * `risk_tags` beside `match` or among its labels. Each is moved to where it belongs, and where it was is remembered.
 */
import type { JsonObject, JsonValue } from '../json.ts';
import type { FieldError } from '../refusal.ts';
import { BUDGETS } from './terms.ts';

export interface Lifted {
  readonly document: JsonObject;
  readonly warnings: readonly FieldError[];
  readonly errors: readonly FieldError[];
  /** The same error at the place where the sender wrote what is wrong. */
  readonly whereWritten: (error: FieldError) => FieldError;
}

const isObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

class Lifting {
  readonly warnings: FieldError[] = [];
  readonly errors: FieldError[] = [];
  readonly moved = new Map<string, string>();

  rule(rule: JsonValue, at: string): JsonValue {
    if (!isObject(rule)) return rule;
    return this.#constraints(this.#riskTags(rule, at), at);
  }

  #riskTags(rule: JsonObject, at: string): JsonObject {
    const match = isObject(rule.match) ? rule.match : {};
    const labels = isObject(match.labels) ? match.labels : {};
    const places: [string, JsonValue][] = [];
    if (match.risk_tags !== undefined) places.push([`${at}/match/risk_tags`, match.risk_tags]);
    if (rule.risk_tags !== undefined) places.push([`${at}/risk_tags`, rule.risk_tags]);
    if (Array.isArray(labels.risk_tags)) places.push([`${at}/match/labels/risk_tags`, labels.risk_tags]);
    const [place] = places;
    if (places.length > 1) {
      const where = places.map(([path]) => path).join(' and ');
      this.errors.push({ field: places[1]?.[0] ?? at, message: `risk_tags is given twice, at ${where}` });
    }
    const wanted = `${at}/match/risk_tags`;
    if (place === undefined || place[0] === wanted) return rule;
    this.#warn(place[0], 'risk_tags belongs into `match`');
    this.moved.set(wanted, place[0]);
    const { risk_tags: _, ...rest } = rule;
    const { risk_tags: asLabel, ...otherLabels } = labels;
    const keptLabels = Array.isArray(asLabel) ? otherLabels : labels;
    return {
      ...rest,
      match: {
        ...match,
        ...(match.labels === undefined ? {} : { labels: isObject(match.labels) ? keptLabels : match.labels }),
        risk_tags: place[1],
      },
    };
  }

  #constraints(rule: JsonObject, at: string): JsonObject {
    const { constraints } = rule;
    if (!isObject(constraints)) return rule;
    const flat = ['max_runtime_sec', ...BUDGETS].filter((name) => constraints[name] !== undefined);
    if (flat.length === 0) return rule;
    const rest = Object.fromEntries(Object.entries(constraints).filter(([name]) => !flat.includes(name)));
    if (constraints.budgets !== undefined && !isObject(constraints.budgets)) return rule;
    const budgets: Record<string, JsonValue> = { ...constraints.budgets };
    for (const name of flat) {
      const where = `${at}/constraints/${name}`;
      const given = constraints[name] ?? null;
      const seconds = name === 'max_runtime_sec';
      const target = seconds ? 'max_runtime_ms' : name;
      const value = seconds && typeof given === 'number' ? given * 1_000 : given;
      this.#warn(where, `${name} belongs into \`budgets\`${seconds ? ' as max_runtime_ms' : ''}`);
      if (budgets[target] !== undefined && budgets[target] !== value) {
        this.errors.push({ field: where, message: `${target} is given twice, with different values` });
      }
      budgets[target] = value;
      this.moved.set(`${at}/constraints/budgets/${target}`, where);
    }
    return { ...rule, constraints: { ...rest, budgets } };
  }

  #warn(field: string, message: string): void {
    this.warnings.push({ field, message });
  }
}

export const liftSpellings = (sent: JsonObject): Lifted => {
  const lifting = new Lifting();
  const rules = Array.isArray(sent.rules)
    ? sent.rules.map((rule: JsonValue, index: number) => lifting.rule(rule, `/rules/${index}`))
    : sent.rules;
  const { warnings, errors, moved } = lifting;
  return {
    document: rules === undefined ? sent : { ...sent, rules },
    warnings,
    errors,
    whereWritten: (error) => {
      for (const [to, from] of moved) {
        if (error.field === to || error.field.startsWith(`${to}/`)) {
          return { ...error, field: from + error.field.slice(to.length) };
        }
      }
      return error;
    },
  };
};
