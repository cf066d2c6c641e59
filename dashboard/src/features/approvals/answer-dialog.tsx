import type { FormEvent, ReactNode } from 'react';
import type { Approval } from '../../api/types.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Field, TextArea } from '../../ui/field.tsx';

export interface Asked {
  readonly approval: Approval;
  readonly decision: 'approve' | 'deny' | 'escalate';
}

const WORDS = {
  approve: ['Approve this question', 'Approve', 'primary'],
  deny: ['Reject this question', 'Reject', 'danger'],
  escalate: ['Hand this to an incident commander', 'Escalate', 'plain'],
} as const;

export interface AnswerDialogProps {
  readonly asked: Asked | null;
  readonly busy: boolean;
  readonly failure: ReactNode;
  readonly onClose: () => void;
  readonly onAnswer: (reason: string) => void;
}

export const AnswerDialog = ({ asked, busy, failure, onClose, onAnswer }: AnswerDialogProps) => {
  const [title, verb, kind] = WORDS[asked?.decision ?? 'approve'];
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    onAnswer(String(new FormData(event.currentTarget).get('reason') ?? '').trim());
  };
  return (
    <Dialog
      open={asked !== null}
      onClose={onClose}
      title={title}
      description={`${String(asked?.approval.escalation_context.capability_id ?? '')}: ${asked?.approval.reason ?? ''}`}
    >
      <form onSubmit={submit} className="space-y-4">
        <Field
          label={asked?.decision === 'deny' ? 'Reason' : 'Reason (optional)'}
          hint="Kept in the ledger with your answer and the name of your credential."
        >
          <TextArea name="reason" rows={3} maxLength={1000} required={asked?.decision === 'deny'} />
        </Field>
        {failure}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Back</Button>
          <Button type="submit" kind={kind} busy={busy}>
            {verb}
          </Button>
        </div>
      </form>
    </Dialog>
  );
};
