import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { Problem, sendJson } from '../../api/http.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Field, Input, Select, TextArea } from '../../ui/field.tsx';
import { Failed } from '../../ui/states.tsx';

const KINDS = {
  worker_id: ['One worker, by its id', 'org.example.summarizer'],
  namespace: ['All workers of a namespace', 'org.example'],
  sha256: ['Whoever runs this code, by its SHA-256', '64 hex characters'],
} as const;
type Kind = keyof typeof KINDS;

const isKind = (text: string): text is Kind => text in KINDS;

export const BanDialog = ({ open, onClose }: { open: boolean; onClose: () => void }) => {
  const queries = useQueryClient();
  const [kind, setKind] = useState<Kind>('worker_id');
  const issue = useMutation({
    mutationFn: (body: object) => sendJson('POST', '/v1/bans', body),
    onSuccess: () => {
      onClose();
      return queries.invalidateQueries();
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const evidence = String(data.get('evidence_url') ?? '').trim();
    issue.mutate({
      target: { [kind]: String(data.get('target') ?? '').trim() },
      reason: String(data.get('reason') ?? '').trim(),
      ...(evidence === '' ? {} : { evidence_url: evidence }),
    });
  };
  const wrong = (field: string): string | undefined =>
    issue.error instanceof Problem
      ? issue.error.errors.find((error) => error.field.startsWith(`/${field}`))?.message
      : undefined;
  const close = (): void => {
    issue.reset();
    onClose();
  };
  return (
    <Dialog
      open={open}
      onClose={close}
      title="Ban a worker"
      description="It holds for this tenant from the next decision on, and is an entry of your ledger with your key's name."
    >
      <form onSubmit={submit} className="space-y-4">
        <Field label="What to ban">
          <Select
            value={kind}
            onChange={({ target }) => {
              if (isKind(target.value)) setKind(target.value);
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
          <Input name="target" required placeholder={KINDS[kind][1]} spellCheck={false} autoComplete="off" />
        </Field>
        <Field label="Reason" hint="Shown with every decision that this ban stops." error={wrong('reason')}>
          <TextArea name="reason" required rows={2} maxLength={1000} />
        </Field>
        <Field label="Evidence (address, optional)" error={wrong('evidence_url')}>
          <Input name="evidence_url" type="url" placeholder="https://" />
        </Field>
        {issue.error !== null && <Failed error={issue.error} />}
        <div className="flex justify-end gap-2">
          <Button onClick={close}>Cancel</Button>
          <Button type="submit" kind="danger" busy={issue.isPending}>
            Ban
          </Button>
        </div>
      </form>
    </Dialog>
  );
};
