import type { FormEvent } from 'react';
import type { Ban } from '../../api/types.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Field, TextArea } from '../../ui/field.tsx';
import { Failed } from '../../ui/states.tsx';

export interface LiftDialogProps {
  readonly ban: Ban | null;
  readonly error: Error | null;
  readonly busy: boolean;
  readonly onClose: () => void;
  readonly onLift: (ban: Ban, reason: string) => void;
}

export const LiftDialog = ({ ban, error, busy, onClose, onLift }: LiftDialogProps) => {
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    if (ban !== null) onLift(ban, String(new FormData(event.currentTarget).get('reason') ?? '').trim());
  };
  return (
    <Dialog
      open={ban !== null}
      onClose={onClose}
      title="Lift this ban"
      description="From the next decision on the worker may be chosen again. The ban and its end both stay in the ledger."
    >
      <form onSubmit={submit} className="space-y-4">
        <Field label="Reason">
          <TextArea name="reason" required rows={2} maxLength={1000} />
        </Field>
        {error !== null && <Failed error={error} />}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Keep the ban</Button>
          <Button type="submit" kind="primary" busy={busy}>
            Lift
          </Button>
        </div>
      </form>
    </Dialog>
  );
};
