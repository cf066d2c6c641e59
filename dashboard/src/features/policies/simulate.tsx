/** Ask a policy without effect: the answer, the way to it, and what would change it. The question is in the address. */
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { sendJson } from '../../api/http.ts';
import { Button } from '../../ui/button.tsx';
import { Field, Input, Select } from '../../ui/field.tsx';
import { Empty, Loaded } from '../../ui/states.tsx';
import { Card, Table } from '../../ui/table.tsx';
import { Badge, type Tone } from '../../ui/verdict.tsx';
import type { Draft } from './draft.ts';
import type { Explained, TraceStep } from './types.ts';

interface Question {
  readonly topic?: string;
  readonly capability?: string;
  readonly tenant_id?: string;
  readonly actor_id?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly risk_tags?: readonly string[];
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const readQuestion = (text: string | undefined): Question | null => {
  if (text === undefined) return null;
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : null;
  } catch {
    return null;
  }
};

const LABELS: readonly (readonly [name: string, label: string, values: readonly string[]])[] = [
  ['env', 'Environment', ['dev', 'stage', 'prod', 'edge']],
  ['data_label', 'Data label', ['PUBLIC', 'INTERNAL', 'RESTRICTED', 'CONFIDENTIAL']],
  ['tenant_risk', 'Tenant risk', ['low', 'medium', 'high']],
  ['qos_class', 'Urgency', ['P0', 'P1', 'P2', 'P3']],
];

const TONE: Readonly<Record<string, Tone>> = {
  ALLOW: 'allow',
  ALLOW_WITH_CONSTRAINTS: 'allow',
  DENY: 'deny',
  REQUIRE_APPROVAL: 'hold',
  REQUIRE_HUMAN: 'hold',
  THROTTLE: 'fault',
};

const said = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value ?? null));

const Answer = ({ answer }: { answer: Explained }) => (
  <div className="space-y-4">
    <div className="flex flex-wrap items-center gap-3 rounded-lg border border-line bg-surface p-4" role="status">
      <Badge tone={TONE[answer.decision] ?? 'plain'}>{answer.decision.toLowerCase().replaceAll('_', ' ')}</Badge>
      <p className="font-medium">{answer.reason}</p>
      {answer.rule_id !== '' && (
        <p className="text-soft">
          by rule <code>{answer.rule_id}</code>
        </p>
      )}
      {answer.warnings.length > 0 && <p className="w-full text-hold">{answer.warnings.join('; ')}</p>}
    </div>
    {answer.would_change.length > 0 && (
      <Card title="What would change this">
        <ul className="space-y-1.5">
          {answer.would_change.map((change) => (
            <li key={`${change.rule_id} ${change.key}`}>
              <code className="font-medium">{change.rule_id}</code> says {change.decision.toLowerCase()} where{' '}
              <code>{change.key}</code> is <code className="wrap-anywhere">{said(change.expected)}</code>
            </li>
          ))}
        </ul>
      </Card>
    )}
    {answer.trace.length > 0 && (
      <Table
        caption="Rule by rule"
        columns={[
          { head: 'Rule', cell: ({ rule_id }: TraceStep) => <code className="font-medium">{rule_id}</code> },
          { head: 'Says', cell: ({ decision }) => decision.toLowerCase().replaceAll('_', ' ') },
          {
            head: 'Here',
            cell: ({ matched }) => (
              <Badge tone={matched ? 'allow' : 'plain'}>{matched ? 'matched' : 'passed over'}</Badge>
            ),
          },
          { head: 'Because of', cell: ({ failed_key }) => failed_key ?? '—' },
          {
            head: 'Wanted',
            cell: ({ matched, expected }) => (matched ? '—' : <code className="wrap-anywhere">{said(expected)}</code>),
          },
        ]}
        rows={answer.trace}
        rowKey={({ bundle_id, rule_id }) => `${bundle_id} ${rule_id}`}
      />
    )}
  </div>
);

const Result = ({ question, content }: { question: Question; content: string | null }) => {
  const query = useQuery<Explained, Error>({
    queryKey: ['policies', 'explain', question, content],
    queryFn: () => sendJson('POST', '/v1/policies/explain', { ...question, ...(content === null ? {} : { content }) }),
    retry: false,
  });
  return (
    <Loaded query={query} what="the answer">
      {(answer) => <Answer answer={answer} />}
    </Loaded>
  );
};

export interface SimulateTabProps {
  readonly draft: Draft;
  readonly q: string | undefined;
  readonly onAsk: (question: string) => void;
}

export const SimulateTab = ({ draft, q, onAsk }: SimulateTabProps) => {
  const question = readQuestion(q);
  const [ofDraft, setOfDraft] = useState(draft.isChanged);
  const [isCopied, setIsCopied] = useState(false);
  const ask = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const text = (name: string): string => String(data.get(name) ?? '').trim();
    const capability = text('capability');
    const labels = Object.fromEntries(LABELS.flatMap(([name]) => (text(name) === '' ? [] : [[name, text(name)]])));
    const tags = text('risk_tags')
      .split(',')
      .map((tag) => tag.trim())
      .filter(Boolean);
    const asked = {
      topic: text('topic') || `job.${capability}`,
      ...(capability === '' ? {} : { capability }),
      ...(text('tenant_id') === '' ? {} : { tenant_id: text('tenant_id') }),
      ...(text('actor_id') === '' ? {} : { actor_id: text('actor_id') }),
      ...(Object.keys(labels).length === 0 ? {} : { labels }),
      ...(tags.length === 0 ? {} : { risk_tags: tags }),
    };
    setIsCopied(false);
    onAsk(JSON.stringify(asked));
  };
  return (
    <div className="space-y-4">
      <form key={q} onSubmit={ask} className="space-y-3 rounded-lg border border-line bg-surface p-4">
        <div className="grid gap-3 sm:grid-cols-2 lg:grid-cols-4">
          <Field label="Capability">
            <Input name="capability" defaultValue={question?.capability ?? 'cap.doc.summarize'} spellCheck={false} />
          </Field>
          <Field label="Topic" hint="Left empty: job. and the capability">
            <Input name="topic" defaultValue={question?.topic} spellCheck={false} />
          </Field>
          <Field label="Speaks for (tenant_id)">
            <Input name="tenant_id" defaultValue={question?.tenant_id} spellCheck={false} />
          </Field>
          <Field label="Actor">
            <Input name="actor_id" defaultValue={question?.actor_id} spellCheck={false} />
          </Field>
          {LABELS.map(([name, label, values]) => (
            <Field key={name} label={label}>
              <Select name={name} defaultValue={question?.labels?.[name] ?? ''}>
                <option value="">not said</option>
                {values.map((value) => (
                  <option key={value}>{value}</option>
                ))}
              </Select>
            </Field>
          ))}
          <Field label="Risk tags" hint="With a comma between">
            <Input name="risk_tags" defaultValue={question?.risk_tags?.join(', ')} spellCheck={false} />
          </Field>
        </div>
        <div className="flex flex-wrap items-center gap-3">
          <Button type="submit" kind="primary">
            Ask
          </Button>
          {question !== null && (
            <Button onClick={() => void navigator.clipboard.writeText(location.href).then(() => setIsCopied(true))}>
              {isCopied ? 'Link copied' : 'Copy a link to this case'}
            </Button>
          )}
          <label className="flex min-h-8 items-center gap-2">
            <input
              type="checkbox"
              className="size-6 accent-accent"
              checked={ofDraft}
              onChange={({ target }) => setOfDraft(target.checked)}
            />
            Ask the text in the editor, as if it were published
          </label>
        </div>
      </form>
      {question === null ? (
        <Empty title="Nothing asked yet">Counts nothing, records nothing, dispatches nothing.</Empty>
      ) : (
        <Result question={question} content={ofDraft ? draft.text : null} />
      )}
    </div>
  );
};
