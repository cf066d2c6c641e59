/** One rule by form. What the form does not know stays as it was. */
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import { getJson } from '../../api/http.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Field, Input, TextArea } from '../../ui/field.tsx';
import { listOf } from '../../ui/list-of.ts';
import type { Rule } from './types.ts';
import { operatorOf, valuesOf } from './words.ts';

const WORDS = {
  env: ['dev', 'stage', 'prod', 'edge'],
  data_label: ['PUBLIC', 'INTERNAL', 'RESTRICTED'],
  tenant_risk: ['low', 'medium', 'high'],
  qos_class: ['P0', 'P1', 'P2', 'P3'],
} as const;
const LEGENDS = { env: 'Environment', data_label: 'Data label', tenant_risk: 'Risk of the tenant', qos_class: 'Class' };
type Key = keyof typeof WORDS;
const KEYS = Object.keys(WORDS) as Key[];

const NEW: Rule = { rule_id: '', match: {}, decision: {} };

/** Without the members that say nothing. */
const compact = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T;

const ruleOf = (data: FormData, before: Rule): Rule => {
  const species = listOf(data.get('species'));
  const known = before.decision.candidate_workers_ranked ?? [];
  const words = Object.fromEntries(
    KEYS.map((key) => {
      const own: readonly string[] = WORDS[key];
      const ticked = own.filter((word) => data.get(`${key}_${word}`) !== null);
      // Other spellings of a word have no box.
      const others = valuesOf(before.match[key]).filter((word) => !own.includes(word));
      return [key, operatorOf([...ticked, ...others])];
    }),
  );
  return {
    ...before,
    rule_id: String(data.get('rule_id') ?? '').trim(),
    match: compact({ ...before.match, capability_id: operatorOf(listOf(data.get('capability_id'))), ...words }),
    decision: {
      ...before.decision,
      candidate_workers_ranked: species.map(
        (id) => known.find(({ worker_species_id }) => worker_species_id === id) ?? { worker_species_id: id },
      ),
      required_controls_suggested: listOf(data.get('controls')),
      escalation: {
        ...before.decision.escalation,
        policy_gate: data.get('policy_gate') !== null,
        human_required_default: data.get('human') !== null,
      },
    },
  };
};

const Tick = ({ name, label, isOn }: { name: string; label: string; isOn: boolean }) => (
  <label className="flex min-h-8 items-center gap-1.5">
    <input type="checkbox" name={name} defaultChecked={isOn} className="size-6 accent-accent" />
    {label}
  </label>
);

const Words = ({ of, chosen }: { of: Key; chosen: readonly string[] }) => (
  <fieldset>
    <legend className="font-medium">{LEGENDS[of]}</legend>
    <div className="flex flex-wrap gap-x-4">
      {WORDS[of].map((word) => (
        <Tick key={word} name={`${of}_${word}`} label={word} isOn={chosen.includes(word)} />
      ))}
    </div>
  </fieldset>
);

/** Capabilities and species that workers of this tenant declare. */
const useKnown = () => {
  const query = useQuery<{ readonly workers: readonly { worker_species_id: string; capabilities: string[] }[] }, Error>(
    {
      queryKey: ['workers', 'names'],
      queryFn: ({ signal }) => getJson('/v1/workers', { limit: 200 }, signal),
      retry: false,
    },
  );
  const workers = query.data?.workers ?? [];
  return {
    capabilities: [...new Set(workers.flatMap(({ capabilities }) => capabilities))],
    species: [...new Set(workers.map(({ worker_species_id }) => worker_species_id))],
  };
};

export interface RuleDialogProps {
  /** The rule to change; null: a new one. */
  readonly rule: Rule | null;
  readonly taken: readonly string[];
  readonly onRule: (rule: Rule) => void;
  readonly onClose: () => void;
}

export const RuleDialog = ({ rule, taken, onRule, onClose }: RuleDialogProps) => {
  const before = rule ?? NEW;
  const { match, decision } = before;
  const known = useKnown();
  const capabilities = useId();
  const [wrong, setWrong] = useState<string | undefined>();
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const changed = ruleOf(new FormData(event.currentTarget), before);
    const isTaken = changed.rule_id !== rule?.rule_id && taken.includes(changed.rule_id);
    setWrong(isTaken ? 'another rule has this id' : undefined);
    if (!isTaken) onRule(changed);
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={rule === null ? 'Add a rule' : `Change ${rule.rule_id}`}
      description="It matches what has all of this; where nothing is chosen, anything matches."
    >
      <form onSubmit={submit} className="space-y-4">
        <div className="grid gap-3 sm:grid-cols-2">
          <Field label="Rule id" error={wrong}>
            <Input name="rule_id" required maxLength={256} spellCheck={false} defaultValue={before.rule_id} />
          </Field>
          <Field label="Capability" hint="Several with a comma between; none: any">
            <Input
              name="capability_id"
              list={capabilities}
              spellCheck={false}
              autoComplete="off"
              placeholder="cap.doc.translate"
              defaultValue={valuesOf(match.capability_id).join(', ')}
            />
          </Field>
        </div>
        <datalist id={capabilities}>
          {known.capabilities.map((id) => (
            <option key={id} value={id} />
          ))}
        </datalist>
        <div className="grid gap-x-6 gap-y-2 sm:grid-cols-2">
          {KEYS.map((key) => (
            <Words key={key} of={key} chosen={valuesOf(match[key])} />
          ))}
        </div>
        <Field
          label="Species of worker, best first, one a line"
          hint={known.species.length === 0 ? undefined : `Enrolled: ${known.species.slice(0, 8).join(', ')}`}
        >
          <TextArea
            name="species"
            rows={3}
            spellCheck={false}
            className="font-mono"
            defaultValue={(decision.candidate_workers_ranked ?? [])
              .map(({ worker_species_id }) => worker_species_id ?? '')
              .join('\n')}
          />
        </Field>
        <Field label="Controls it requires, one a line">
          <TextArea
            name="controls"
            rows={2}
            spellCheck={false}
            className="font-mono"
            defaultValue={(decision.required_controls_suggested ?? []).join('\n')}
          />
        </Field>
        <div>
          <Tick name="policy_gate" label="Ask the policy, too" isOn={decision.escalation?.policy_gate === true} />
          <Tick
            name="human"
            label="Ask a person where the policy is not asked"
            isOn={decision.escalation?.human_required_default === true}
          />
        </div>
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="primary">
            {rule === null ? 'Add to the draft' : 'Change the draft'}
          </Button>
        </div>
      </form>
    </Dialog>
  );
};
