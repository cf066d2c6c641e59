/** A draft of the rules, by form or as JSON; judged while it is written, published whole as a new version. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Problem, sendJson } from '../../api/http.ts';
import { useMay } from '../../session/session.ts';
import { Button } from '../../ui/button.tsx';
import { Field, TextArea } from '../../ui/field.tsx';
import { useSettled } from '../../ui/settled.ts';
import { Failed, Notice } from '../../ui/states.tsx';
import { Table } from '../../ui/table.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { Badge } from '../../ui/verdict.tsx';
import { RuleDialog } from './rule-dialog.tsx';
import type { Checked, Rule, RuleDocument } from './types.ts';
import { said } from './words.ts';

const MOST_SHOWN = 12;

const isDocument = (value: unknown): value is RuleDocument =>
  typeof value === 'object' && value !== null && 'rules' in value && Array.isArray(value.rules);

/** A text says what is wrong with it as JSON. */
const readDraft = (text: string): RuleDocument | string => {
  try {
    const document: unknown = JSON.parse(text);
    return isDocument(document) ? document : 'An object with a list of rules is expected.';
  } catch (error) {
    return error instanceof Error ? error.message : 'This is no JSON.';
  }
};

/** What publishing it would be refused or warned for. */
const Judged = ({ text }: { text: string }) => {
  const settled = useSettled(text);
  const draft = readDraft(settled);
  const query = useQuery<Checked, Error>({
    queryKey: ['rules', 'draft', settled],
    queryFn: () => sendJson('POST', '/v1/rules/validate', draft),
    enabled: typeof draft !== 'string',
    retry: false,
    gcTime: 0,
  });
  if (typeof draft === 'string') return <Notice tone="deny">{draft}</Notice>;
  const { data, error } = query;
  if (error instanceof Problem && error.errors.length > 0) {
    const { errors } = error;
    return (
      <Notice tone="deny">
        <p className="font-medium">
          {error.code === 'rules_shadowed' ? 'Rules that can never answer; it is not published so:' : error.message}
        </p>
        <ul className="list-inside list-disc">
          {errors.slice(0, MOST_SHOWN).map(({ field, message }) => (
            <li key={`${field} ${message}`} className="break-words">
              {message} <code className="text-xs">{field}</code>
            </li>
          ))}
        </ul>
        {errors.length > MOST_SHOWN && <p>… and {errors.length - MOST_SHOWN} more.</p>}
      </Notice>
    );
  }
  if (error !== null) return <Failed error={error} />;
  if (data === undefined) return <Notice>Judging …</Notice>;
  return data.warnings.length > 0 ? (
    <Notice tone="hold">{data.warnings.join('; ')}</Notice>
  ) : (
    <Notice tone="allow">It can be published: {data.rules.toLocaleString()} rules, each of which can answer.</Notice>
  );
};

const moved = (rules: readonly Rule[], from: number, to: number): readonly Rule[] => {
  const rest = rules.filter((_, index) => index !== from);
  const one = rules[from];
  return one === undefined || to < 0 || to > rest.length ? rules : [...rest.slice(0, to), one, ...rest.slice(to)];
};

const matches = ({ match }: Rule): string =>
  Object.entries(match)
    .filter(([name]) => name !== 'capability_id')
    .map(([name, value]) => `${name.replaceAll('_', ' ')} ${said(value)}`)
    .join(', ');

const ByForm = ({ draft, onDraft }: { draft: RuleDocument; onDraft: (draft: RuleDocument) => void }) => {
  const [open, setOpen] = useState<{ readonly at: number | null } | null>(null);
  const { rules } = draft;
  const keep = (next: readonly Rule[]): void => onDraft({ ...draft, rules: next });
  const rows = rules.map((rule, at) => ({ rule, at }));
  return (
    <div className="space-y-3">
      {rules.length > 0 && (
        <Table
          caption="Rules of the draft, in their order"
          columns={[
            {
              head: '#',
              cell: ({ at }: (typeof rows)[number]) => at + 1,
              className: 'align-middle tabular-nums text-soft',
            },
            {
              head: 'Rule',
              cell: ({ rule }) => <code className="font-medium">{rule.rule_id}</code>,
              className: 'align-middle',
            },
            {
              head: 'Matches',
              cell: ({ rule }) => (
                <>
                  <code>{said(rule.match.capability_id)}</code> <span className="text-soft">{matches(rule)}</span>{' '}
                  {rule.decision.escalation?.policy_gate === true && <Badge tone="plain">asks the policy</Badge>}
                </>
              ),
              className: 'align-middle',
            },
            {
              head: 'Act',
              cell: ({ rule, at }) => (
                <div className="flex gap-1">
                  <Button aria-label={`Change ${rule.rule_id}`} onClick={() => setOpen({ at })}>
                    Change …
                  </Button>
                  <Button
                    kind="quiet"
                    aria-label={`Move ${rule.rule_id} up`}
                    disabled={at === 0}
                    onClick={() => keep(moved(rules, at, at - 1))}
                  >
                    ↑
                  </Button>
                  <Button
                    kind="quiet"
                    aria-label={`Move ${rule.rule_id} down`}
                    disabled={at === rules.length - 1}
                    onClick={() => keep(moved(rules, at, at + 1))}
                  >
                    ↓
                  </Button>
                  <Button
                    kind="quiet"
                    aria-label={`Take ${rule.rule_id} out`}
                    onClick={() => keep(rules.filter((_, index) => index !== at))}
                  >
                    ✕
                  </Button>
                </div>
              ),
            },
          ]}
          rows={rows}
          rowKey={({ rule, at }) => `${rule.rule_id} ${at}`}
        />
      )}
      <Button onClick={() => setOpen({ at: null })}>Add a rule …</Button>
      {open !== null && (
        <RuleDialog
          rule={open.at === null ? null : (rules[open.at] ?? null)}
          taken={rules.map(({ rule_id }) => rule_id)}
          onClose={() => setOpen(null)}
          onRule={(rule) => {
            keep(open.at === null ? [...rules, rule] : rules.map((one, index) => (index === open.at ? rule : one)));
            setOpen(null);
          }}
        />
      )}
    </div>
  );
};

const written = (document: RuleDocument): string => JSON.stringify(document, null, 2);

export const Change = ({ document }: { document: RuleDocument }) => {
  const queries = useQueryClient();
  const mayWrite = useMay('policy:write');
  const [by, setBy] = useState<'form' | 'json'>('form');
  const [text, setText] = useState(() => written(document));
  const draft = readDraft(text);
  const isChanged = text !== written(document);
  const publish = useMutation({
    mutationFn: () => sendJson('PUT', '/v1/rules', draft),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['rules'] }),
  });
  if (!mayWrite) return null;
  return (
    <details className="rounded-lg border border-line bg-surface" open={document.rules.length === 0}>
      <summary className="cursor-pointer px-4 py-2.5 font-semibold">Change the rules</summary>
      <div className="space-y-4 border-t border-line p-4">
        <Tabs
          label="How"
          open={by}
          onOpen={setBy}
          tabs={[
            {
              id: 'form',
              label: 'By form',
              body:
                typeof draft === 'string' ? (
                  <p className="text-soft">The JSON cannot be read; mend it there first.</p>
                ) : (
                  <ByForm draft={draft} onDraft={(next) => setText(written(next))} />
                ),
            },
            {
              id: 'json',
              label: 'As JSON',
              body: (
                <Field label="Rule set (JSON)">
                  <TextArea
                    rows={18}
                    spellCheck={false}
                    className="font-mono"
                    value={text}
                    onChange={({ target }) => setText(target.value)}
                  />
                </Field>
              ),
            },
          ]}
        />
        <Judged text={text} />
        {publish.error !== null && <Failed error={publish.error} />}
        <div className="flex flex-wrap items-center gap-2">
          <Button
            kind="primary"
            busy={publish.isPending}
            disabled={!isChanged || typeof draft === 'string'}
            onClick={() => publish.mutate()}
          >
            Publish
          </Button>
          {isChanged && (
            <Button
              onClick={() => {
                publish.reset();
                setText(written(document));
              }}
            >
              Throw the draft away
            </Button>
          )}
          <span className="text-soft">
            {isChanged ? 'Not published yet. It is published whole, as a new version.' : 'As it is in force.'}
          </span>
        </div>
      </div>
    </details>
  );
};
