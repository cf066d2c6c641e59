/** A document that is sent, by a form that knows the usual members or pasted whole as JSON; the service judges it. */
import type { UseMutationResult } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useState } from 'react';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { Field, TextArea } from './field.tsx';
import { Failed } from './states.tsx';
import { Tabs } from './tabs.tsx';

export interface DocumentDialogProps {
  readonly title: string;
  readonly description: string;
  readonly open: boolean;
  readonly onClose: () => void;
  /** What the button says. */
  readonly verb: string;
  readonly send: UseMutationResult<unknown, Error, object>;
  readonly form: ReactNode;
  /** The document that the form makes; a text says what is wrong with it. */
  readonly documentOf: (data: FormData) => object | string;
  /** What stands in the field for JSON at first. */
  readonly example?: string;
}

const read = (text: string): object | string => {
  try {
    const document: unknown = JSON.parse(text);
    return typeof document === 'object' && document !== null ? document : 'A JSON object is expected.';
  } catch (error) {
    return error instanceof Error ? error.message : 'This is no JSON.';
  }
};

export const DocumentDialog = ({
  title,
  description,
  open,
  onClose,
  verb,
  send,
  form,
  documentOf,
  example = '',
}: DocumentDialogProps) => {
  const [by, setBy] = useState<'form' | 'json'>('form');
  const [wrong, setWrong] = useState<string | undefined>();
  const close = (): void => {
    send.reset();
    setWrong(undefined);
    onClose();
  };
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const document = by === 'form' ? documentOf(data) : read(String(data.get('document') ?? ''));
    setWrong(typeof document === 'string' ? document : undefined);
    if (typeof document !== 'string') send.mutate(document);
  };
  return (
    <Dialog open={open} onClose={close} title={title} description={description}>
      <form onSubmit={submit} className="space-y-4">
        <Tabs
          label="How"
          open={by}
          onOpen={(next) => {
            setWrong(undefined);
            setBy(next);
          }}
          tabs={[
            { id: 'form', label: 'By form', body: form },
            {
              id: 'json',
              label: 'As JSON',
              body: (
                <Field label="Document (JSON)" hint="The API reference has every member.">
                  <TextArea
                    name="document"
                    rows={14}
                    required
                    spellCheck={false}
                    className="font-mono"
                    defaultValue={example}
                  />
                </Field>
              ),
            },
          ]}
        />
        {wrong !== undefined && (
          <p role="alert" className="text-deny">
            {wrong}
          </p>
        )}
        {send.error !== null && <Failed error={send.error} />}
        <div className="flex justify-end gap-2">
          <Button onClick={close}>Cancel</Button>
          <Button type="submit" kind="primary" busy={send.isPending}>
            {verb}
          </Button>
        </div>
      </form>
    </Dialog>
  );
};
