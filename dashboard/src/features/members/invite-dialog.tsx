import { useMutation, useQueryClient } from '@tanstack/react-query';
import { sendJson } from '../../api/http.ts';
import { fieldsOf, wrongWith } from '../../session/door/frame.tsx';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Field, Input } from '../../ui/field.tsx';
import { Failed } from '../../ui/states.tsx';
import { RoleChoice } from './role-choice.tsx';

export interface InviteDialogProps {
  readonly open: boolean;
  readonly isOwner: boolean;
  readonly onClose: () => void;
}

export const InviteDialog = ({ open, isOwner, onClose }: InviteDialogProps) => {
  const queries = useQueryClient();
  const task = useMutation({
    mutationFn: (body: { email: string; role: string }) => sendJson('POST', '/v1/invitations', body),
    onSuccess: () => {
      onClose();
      return queries.invalidateQueries({ queryKey: ['invitations'] });
    },
  });
  const close = (): void => {
    task.reset();
    onClose();
  };
  return (
    <Dialog
      open={open}
      onClose={close}
      title="Invite somebody"
      description="They get a mail with a link that works once, for a week, for an account with this address."
    >
      <form
        className="space-y-4"
        onSubmit={(event) => {
          const field = fieldsOf(event);
          task.mutate({ email: field('email'), role: field('role') });
        }}
      >
        <Field label="E-mail" error={wrongWith(task.error, 'email')}>
          <Input name="email" type="email" required maxLength={254} autoComplete="off" />
        </Field>
        <RoleChoice initial="auditor" isOwner={isOwner} />
        {task.error !== null && <Failed error={task.error} />}
        <div className="flex justify-end gap-2">
          <Button onClick={close}>Cancel</Button>
          <Button type="submit" kind="primary" busy={task.isPending}>
            Invite
          </Button>
        </div>
      </form>
    </Dialog>
  );
};
