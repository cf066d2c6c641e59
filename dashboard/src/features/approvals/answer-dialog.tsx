import type { FormEvent, ReactNode } from 'react';
import type { Approval } from '../../api/types.ts';
import { canUsePasskeys } from '../../session/passkey.ts';
import { useSession } from '../../session/session.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Field, TextArea } from '../../ui/field.tsx';
import { Notice } from '../../ui/states.tsx';
import { subjectOf } from './item.tsx';
import { useSigningKeys } from './signing-keys.tsx';

export interface Asked {
  readonly approval: Approval;
  readonly decision: 'approve' | 'deny' | 'escalate';
}

export interface Said {
  readonly reason: string;
  /** The passkeys to sign it with; empty: it is not signed. */
  readonly signWith: readonly string[];
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
  readonly onAnswer: (said: Said) => void;
}

/** What is missing where a signature is demanded; null: nothing. */
const useLack = (mustSign: boolean, hasKey: boolean): string | null => {
  const session = useSession();
  if (!mustSign || hasKey) return null;
  if (session?.kind !== 'person')
    return 'A yes has to be signed by a person: sign in as yourself, not with an API key.';
  return canUsePasskeys()
    ? 'A yes has to be signed, and you have no passkey for that here. Add one below the list first.'
    : 'A yes has to be signed with a passkey, which this browser cannot do at this address.';
};

export const AnswerDialog = ({ asked, busy, failure, onClose, onAnswer }: AnswerDialogProps) => {
  const [title, verb, kind] = WORDS[asked?.decision ?? 'approve'];
  const keys = (useSigningKeys().data ?? []).map(({ credential_id }) => credential_id);
  const mustSign = asked?.decision === 'approve' && asked.approval.passkey;
  const maySign = asked !== null && asked.decision !== 'escalate' && keys.length > 0 && canUsePasskeys();
  const lack = useLack(mustSign, maySign);
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const { submitter } = event.nativeEvent as SubmitEvent;
    const form = new FormData(event.currentTarget, submitter);
    onAnswer({ reason: String(form.get('reason') ?? '').trim(), signWith: form.get('sign') === null ? [] : keys });
  };
  return (
    <Dialog
      open={asked !== null}
      onClose={onClose}
      title={title}
      description={asked === null ? '' : `${subjectOf(asked.approval)}: ${asked.approval.reason}`}
    >
      <form onSubmit={submit} className="space-y-4">
        <Field
          label={asked?.decision === 'deny' ? 'Reason' : 'Reason (optional)'}
          hint="Kept in the ledger with your answer and the name of your credential."
        >
          <TextArea name="reason" rows={3} maxLength={1000} required={asked?.decision === 'deny'} />
        </Field>
        {lack !== null && <Notice tone="hold">{lack}</Notice>}
        {failure}
        <div className="flex flex-wrap justify-end gap-2">
          <Button onClick={onClose}>Back</Button>
          {maySign && (
            <Button type="submit" name="sign" value="yes" kind={mustSign ? 'primary' : 'plain'} busy={busy}>
              {verb} with passkey
            </Button>
          )}
          {!mustSign && (
            <Button type="submit" kind={kind} busy={busy}>
              {verb}
            </Button>
          )}
        </div>
      </form>
    </Dialog>
  );
};
