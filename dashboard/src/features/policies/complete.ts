/** What may stand where the cursor is in the text of a policy: members, outcomes, ids, words; no grammar, a look around. */
import type { Completion } from '../../ui/editor.tsx';

export interface Known {
  readonly capabilities: readonly string[];
}

/** Members by what they stand in; `core/policy/document.ts` refuses all others. */
const MEMBERS: Readonly<Record<string, readonly string[]>> = {
  '': ['version', 'default_decision', 'rules', 'input_rules', 'output_rules', 'tenants'],
  rules: [
    'id',
    'match',
    'decision',
    'reason',
    'constraints',
    'remediations',
    'velocity',
    'approval',
    'tier',
    'selector',
  ],
  input_rules: ['id', 'match', 'decision', 'reason', 'severity', 'description', 'enabled'],
  output_rules: ['id', 'match', 'decision', 'reason', 'severity', 'description', 'enabled'],
  match: [
    'topics',
    'capabilities',
    'tenants',
    'labels',
    'risk_tags',
    'actor_ids',
    'actor_types',
    'pack_ids',
    'requires',
    'secrets_present',
    'mcp',
    'label_allowlist',
    'label_threshold',
  ],
  labels: ['env', 'data_label', 'tenant_risk', 'qos_class'],
  velocity: ['max_requests', 'window_seconds', 'key'],
  approval: ['ttl_sec', 'supervisor_level', 'quorum', 'passkey', 'escalate'],
  constraints: [
    'budgets',
    'sandbox',
    'toolchain',
    'diff',
    'redaction_level',
    'max_output_bytes',
    'allowed_destinations',
  ],
  selector: ['workflow_id', 'job_id', 'session_id'],
};

const OUTCOMES = ['allow', 'deny', 'require_approval', 'throttle', 'allow_with_constraints'];

const VALUES: Readonly<Record<string, readonly string[]>> = {
  decision: OUTCOMES,
  default_decision: ['deny', 'allow'],
  tier: ['job', 'workflow', 'global'],
  env: ['dev', 'stage', 'prod', 'edge'],
  data_label: ['PUBLIC', 'INTERNAL', 'RESTRICTED'],
  tenant_risk: ['low', 'medium', 'high'],
  qos_class: ['P0', 'P1', 'P2', 'P3'],
  supervisor_level: ['gatekeeper', 'executor', 'incident_commander', 'advisory'],
};

const depthOf = (line: string): number => /^[\s-]*/.exec(line)?.[0].length ?? 0;
const keyOf = (line: string): string => /^[\s-]*"?([\w.-]+)"?\s*:/.exec(line)?.[1] ?? '';

/** The member that the line stands in: of the nearest one above that is further out. */
const around = (lines: readonly string[], at: number): string => {
  const depth = depthOf(lines[at] ?? '');
  const above = lines.slice(0, at).findLast((line) => line.trim() !== '' && depthOf(line) < depth);
  return above === undefined ? '' : keyOf(above);
};

/** Of one line up to the cursor: the member whose value is written, or null where a member itself is. */
const memberOf = (before: string): string | null => /"?([\w.-]+)"?\s*:\s*[^:]*$/.exec(before)?.[1] ?? null;

const idsFor = (member: string | null, { capabilities }: Known): readonly string[] => {
  if (member === 'capabilities' || member === 'capability_id') return capabilities;
  return member === 'topics' ? capabilities.map((id) => `job.${id}`) : [];
};

export const complete =
  (known: Known) =>
  (text: string, caret: number): Completion | null => {
    const before = text.slice(0, caret);
    const lines = before.split('\n');
    const line = lines.at(-1) ?? '';
    const word = /[\w.*-]*$/.exec(line)?.[0].replace(/^-+/, '') ?? '';
    const rest = line.slice(0, line.length - word.length);
    const parent = around(lines, lines.length - 1);
    const member = memberOf(rest);
    // A list over several lines is written beneath the member that it belongs to.
    const isItem = /^\s*-\s*"?$/.test(rest) && idsFor(parent, known).length > 0;
    const isMember = member === null && /^[\s-]*$/.test(rest);
    const choices = isItem
      ? idsFor(parent, known)
      : isMember
        ? (MEMBERS[parent] ?? []).map((name) => `${name}: `)
        : [...(VALUES[member ?? ''] ?? []), ...idsFor(member, known)];
    const items = choices.filter((choice) => choice.startsWith(word) && choice !== word);
    return items.length === 0 ? null : { from: caret - word.length, items };
  };
