/** Whom to ban, why, and until when; the same for a tenant and for the network. */
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import { getJson, Problem } from '../../api/http.ts';
import type { WorkerSummary } from '../../api/types.ts';
import { Button } from '../../ui/button.tsx';
import { Field, Input, Select, TextArea } from '../../ui/field.tsx';
import { useSettled } from '../../ui/settled.ts';
import { Failed } from '../../ui/states.tsx';

const KINDS = {
  worker_id: ['One worker, by its id', 'org.example.summarizer'],
  namespace: ['All workers of a namespace', 'org.example'],
  sha256: ['Whoever runs this code, by its SHA-256', '64 hex characters'],
} as const;
type Kind = keyof typeof KINDS;
const isKind = (text: string): text is Kind => text in KINDS;

const HOURS = { '1': 'for an hour', '24': 'for a day', '168': 'for a week', '720': 'for 30 days' } as const;

export interface BanFormProps {
  readonly target?: string | undefined;
  readonly error: Error | null;
  readonly busy: boolean;
  readonly onBan: (body: object) => void;
  readonly onCancel: () => void;
}

export const BanForm = ({ target = '', error, busy, onBan, onCancel }: BanFormProps) => {
  const [kind, setKind] = useState<Kind>('worker_id');
  const known = useId();
  const [typed, setTyped] = useState(target);
  const q = useSettled(typed.trim());
  const workers = useQuery<{ readonly workers: readonly WorkerSummary[] }, Error>({
    queryKey: ['workers', 'like', q],
    queryFn: ({ signal }) => getJson('/v1/workers', { q, limit: 50 }, signal),
    retry: false,
    placeholderData: keepPreviousData,
  });
  const names = (workers.data?.workers ?? []).map((worker) =>
    kind === 'namespace' ? worker.namespace : worker.worker_id,
  );
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const text = (name: string): string => String(data.get(name) ?? '').trim();
    const hours = Number(text('hours'));
    onBan({
      target: { [kind]: text('target') },
      reason: text('reason'),
      ...(text('evidence_url') === '' ? {} : { evidence_url: text('evidence_url') }),
      ...(hours > 0 ? { expires_at: new Date(Date.now() + hours * 3_600_000).toISOString() } : {}),
    });
  };
  const wrong = (field: string): string | undefined =>
    error instanceof Problem
      ? error.errors.find((one) => one.field.replace('/', '').startsWith(field))?.message
      : undefined;
  return (
    <form onSubmit={submit} className="space-y-4">
      <Field label="What to ban">
        <Select
          value={kind}
          onChange={(event) => {
            if (isKind(event.target.value)) setKind(event.target.value);
          }}
        >
          {Object.entries(KINDS).map(([value, [label]]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </Select>
      </Field>
      <Field label="Target" error={wrong('target')}>
        <Input
          name="target"
          required
          defaultValue={target}
          placeholder={KINDS[kind][1]}
          list={kind === 'sha256' ? undefined : known}
          spellCheck={false}
          autoComplete="off"
          onChange={(event) => setTyped(event.target.value)}
        />
      </Field>
      <datalist id={known}>
        {[...new Set(names)].map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <Field label="Reason" hint="Shown with every decision that this ban stops." error={wrong('reason')}>
        <TextArea name="reason" required rows={2} maxLength={1000} />
      </Field>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label="Evidence (address, optional)" error={wrong('evidence_url')}>
          <Input name="evidence_url" type="url" placeholder="https://" />
        </Field>
        <Field label="For how long" error={wrong('expires_at')}>
          <Select name="hours" defaultValue="0">
            <option value="0">until it is lifted</option>
            {Object.entries(HOURS).map(([value, label]) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </Select>
        </Field>
      </div>
      {error !== null && <Failed error={error} />}
      <div className="flex justify-end gap-2">
        <Button onClick={onCancel}>Cancel</Button>
        <Button type="submit" kind="danger" busy={busy}>
          Ban
        </Button>
      </div>
    </form>
  );
};
