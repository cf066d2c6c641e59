import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { sendJson } from '../../api/http.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Field, TextArea } from '../../ui/field.tsx';
import { Failed, Notice } from '../../ui/states.tsx';

export const Appeal = ({ banId }: { banId: string }) => {
  const [isOpen, setIsOpen] = useState(false);
  const appeal = useMutation({
    mutationFn: (text: string) =>
      sendJson<{ appeal_id: string }>('POST', `/v1/network/bans/${encodeURIComponent(banId)}/appeal`, { text }),
    onSuccess: () => setIsOpen(false),
  });
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    appeal.mutate(String(new FormData(event.currentTarget).get('text') ?? '').trim());
  };
  return (
    <>
      {appeal.isSuccess && (
        <Notice tone="allow">
          Your appeal waits for the operator as <code className="wrap-anywhere">{appeal.data.appeal_id}</code>.
        </Notice>
      )}
      <Button needs="hall:admin" onClick={() => setIsOpen(true)}>
        Appeal …
      </Button>
      <Dialog
        open={isOpen}
        onClose={() => {
          appeal.reset();
          setIsOpen(false);
        }}
        title="Appeal against this ban"
        description="For a ban that names a worker, code or namespace of yours. It lifts nothing by itself; the operator reads it."
      >
        <form onSubmit={submit} className="space-y-4">
          <Field label="Why it is wrong">
            <TextArea name="text" required rows={5} maxLength={4000} />
          </Field>
          {appeal.error !== null && <Failed error={appeal.error} />}
          <div className="flex justify-end gap-2">
            <Button onClick={() => setIsOpen(false)}>Cancel</Button>
            <Button type="submit" kind="primary" busy={appeal.isPending}>
              Appeal
            </Button>
          </div>
        </form>
      </Dialog>
    </>
  );
};
