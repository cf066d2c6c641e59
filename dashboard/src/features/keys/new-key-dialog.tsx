import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { FormEvent } from 'react';
import { sendJson } from '../../api/http.ts';
import { wrongWith } from '../../session/door/frame.tsx';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Field, Input, Select } from '../../ui/field.tsx';
import { Failed } from '../../ui/states.tsx';
import { ShownOnce } from './shown-once.tsx';

const SCOPES = [
  ['hall:route', 'ask for capabilities'],
  ['hall:read', 'read the Hall'],
  ['hall:enroll', 'enrol workers'],
  ['hall:approve', 'answer what waits for a person'],
  ['ledger:read', 'read the ledger'],
  ['runtime:delivery', 'report for workers'],
  ['hall:admin', 'everything that is administered'],
] as const;

interface NewKey {
  readonly name: string;
  readonly scopes: readonly string[];
  readonly environment: string;
  readonly expires_at?: string;
  readonly allowed_ips?: readonly string[];
}

const read = (form: HTMLFormElement): NewKey => {
  const data = new FormData(form);
  const text = (name: string): string => String(data.get(name) ?? '').trim();
  const ranges = text('allowed_ips')
    .split(/[\s,]+/)
    .filter((range) => range !== '');
  return {
    name: text('name'),
    environment: text('environment'),
    scopes: data.getAll('scopes').map(String),
    // The end of that day, where the person is.
    ...(text('expires') === '' ? {} : { expires_at: new Date(`${text('expires')}T23:59:59`).toISOString() }),
    ...(ranges.length === 0 ? {} : { allowed_ips: ranges }),
  };
};

export const NewKeyDialog = ({ onClose }: { onClose: () => void }) => {
  const queries = useQueryClient();
  const task = useMutation({
    mutationFn: (body: NewKey) => sendJson<{ api_key: string }>('POST', '/v1/keys', body),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['keys'] }),
  });
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    task.mutate(read(event.currentTarget));
  };
  if (task.isSuccess) {
    return (
      <Dialog open onClose={onClose} title="Your new key">
        <ShownOnce apiKey={task.data.api_key} onClose={onClose} />
      </Dialog>
    );
  }
  return (
    <Dialog open onClose={onClose} title="Make a key" description="It opens nothing that you cannot open yourself.">
      <form onSubmit={submit} className="space-y-4">
        <Field label="Name" error={wrongWith(task.error, 'name')}>
          <Input name="name" required maxLength={200} autoComplete="off" placeholder="Billing agent" />
        </Field>
        <fieldset className="space-y-1">
          <legend className="font-medium">It may</legend>
          {SCOPES.map(([scope, may]) => (
            <label key={scope} className="flex min-h-6 items-center gap-2">
              <input type="checkbox" name="scopes" value={scope} defaultChecked={scope === 'hall:route'} />
              <span>
                {may} <code className="text-soft">{scope}</code>
              </span>
            </label>
          ))}
        </fieldset>
        <Field label="Environment">
          <Select name="environment">
            <option value="live">live</option>
            <option value="test">test</option>
          </Select>
        </Field>
        <Field label="Last day (optional)" error={wrongWith(task.error, 'expires_at')}>
          <Input name="expires" type="date" />
        </Field>
        <Field
          label="Addresses it may come from (optional)"
          hint="Such as 203.0.113.0/24, separated by spaces."
          error={wrongWith(task.error, 'allowed_ips')}
        >
          <Input name="allowed_ips" spellCheck={false} autoComplete="off" />
        </Field>
        {task.error !== null && <Failed error={task.error} />}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="primary" busy={task.isPending}>
            Make it
          </Button>
        </div>
      </form>
    </Dialog>
  );
};
