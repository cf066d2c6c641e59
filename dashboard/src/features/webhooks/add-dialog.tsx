/** A new endpoint: where to, in whose form, of what. */
import { type FormEvent, useState } from 'react';
import { EVENT_TYPES } from '../../../../src/core/webhook/event.ts';
import { Problem } from '../../api/http.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Field, Input, Select } from '../../ui/field.tsx';
import { Failed } from '../../ui/states.tsx';

export interface AddDialogProps {
  readonly open: boolean;
  readonly error: Error | null;
  readonly busy: boolean;
  readonly onClose: () => void;
  readonly onAdd: (body: object) => void;
}

export const AddDialog = ({ open, error, busy, onClose, onAdd }: AddDialogProps) => {
  const [everything, setEverything] = useState(true);
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    onAdd({
      url: String(form.get('url') ?? '').trim(),
      format: form.get('format'),
      description: String(form.get('description') ?? '').trim(),
      events: everything ? ['*'] : form.getAll('event'),
    });
  };
  const ofUrl = error instanceof Problem ? error.errors.find(({ field }) => field === '/url')?.message : undefined;
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title="Add a webhook"
      description="Each event is an entry of the ledger. Its message is signed, and tried again until it arrives."
    >
      <form onSubmit={submit} className="space-y-4">
        <Field label="Address" hint="https, reachable from the public internet" error={ofUrl}>
          <Input name="url" type="url" required maxLength={2048} placeholder="https://" />
        </Field>
        <Field label="Form of the messages" hint="For Slack and Discord: the address of an incoming webhook">
          <Select name="format" defaultValue="standard">
            <option value="standard">Standard Webhooks</option>
            <option value="slack">Slack</option>
            <option value="discord">Discord</option>
          </Select>
        </Field>
        <Field label="Description" hint="For your own people">
          <Input name="description" maxLength={200} />
        </Field>
        <fieldset className="space-y-2">
          <legend className="font-medium">Events</legend>
          <label className="flex min-h-6 items-center gap-2">
            <input type="checkbox" checked={everything} onChange={({ target }) => setEverything(target.checked)} />
            All of them, also those that later versions add
          </label>
          {!everything && (
            <div className="grid gap-1 sm:grid-cols-2">
              {EVENT_TYPES.map((event) => (
                <label key={event} className="flex min-h-6 items-center gap-2">
                  <input type="checkbox" name="event" value={event} defaultChecked={event.startsWith('approval.')} />
                  <code>{event}</code>
                </label>
              ))}
            </div>
          )}
        </fieldset>
        {error !== null && ofUrl === undefined && <Failed error={error} />}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="primary" busy={busy}>
            Add
          </Button>
        </div>
      </form>
    </Dialog>
  );
};
