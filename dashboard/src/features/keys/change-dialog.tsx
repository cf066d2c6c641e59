/** The two ends of a key: another one in its place, with a time in which both work, or none. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { sendJson } from '../../api/http.ts';
import type { ApiKey } from '../../api/types.ts';
import { fieldsOf } from '../../session/door/frame.tsx';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Field, Select } from '../../ui/field.tsx';
import { Failed } from '../../ui/states.tsx';
import { ShownOnce } from './shown-once.tsx';

export interface KeyChange {
  readonly act: 'replace' | 'revoke';
  readonly key: ApiKey;
}

const OVERLAPS = [
  [86_400, 'a day'],
  [3_600, 'an hour'],
  [604_800, 'a week'],
  [0, 'not at all'],
] as const;

export const ChangeDialog = ({ change: { act, key }, onClose }: { change: KeyChange; onClose: () => void }) => {
  const queries = useQueryClient();
  const path = `/v1/keys/${encodeURIComponent(key.key_id)}`;
  const renewed = (): Promise<void> => queries.invalidateQueries({ queryKey: ['keys'] });
  const replace = useMutation({
    mutationFn: (overlap: number) => sendJson<{ api_key: string }>('POST', `${path}/rotate`, { overlap_s: overlap }),
    onSuccess: renewed,
  });
  const revoke = useMutation({
    mutationFn: () => sendJson('DELETE', path),
    onSuccess: () => {
      onClose();
      return renewed();
    },
  });
  if (replace.isSuccess) {
    return (
      <Dialog open onClose={onClose} title={`The new ${key.name}`}>
        <ShownOnce apiKey={replace.data.api_key} onClose={onClose} />
      </Dialog>
    );
  }
  const error = replace.error ?? revoke.error;
  return (
    <Dialog
      open
      onClose={onClose}
      title={act === 'replace' ? `Replace ${key.name}` : `Revoke ${key.name}`}
      description={
        act === 'replace'
          ? 'A new key with the same terms takes its place.'
          : 'It is refused from the next request on, and never works again.'
      }
    >
      <form
        className="space-y-4"
        onSubmit={(event) => {
          const field = fieldsOf(event);
          if (act === 'replace') replace.mutate(Number(field('overlap')));
          else revoke.mutate();
        }}
      >
        {act === 'replace' && (
          <Field label="The old one works on for">
            <Select name="overlap">
              {OVERLAPS.map(([seconds, label]) => (
                <option key={seconds} value={seconds}>
                  {label}
                </option>
              ))}
            </Select>
          </Field>
        )}
        {error !== null && <Failed error={error} />}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            kind={act === 'replace' ? 'primary' : 'danger'}
            busy={replace.isPending || revoke.isPending}
          >
            {act === 'replace' ? 'Replace it' : 'Revoke it'}
          </Button>
        </div>
      </form>
    </Dialog>
  );
};
