import { useMutation, useQueryClient } from '@tanstack/react-query';
import { sendJson } from '../../api/http.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { BanForm } from './ban-form.tsx';

export interface BanDialogProps {
  readonly open: boolean;
  /** Filled in already where somebody came from a worker. */
  readonly target?: string | undefined;
  readonly onClose: () => void;
}

export const BanDialog = ({ open, target, onClose }: BanDialogProps) => {
  const queries = useQueryClient();
  const issue = useMutation({
    mutationFn: (body: object) => sendJson('POST', '/v1/bans', body),
    onSuccess: () => {
      onClose();
      return queries.invalidateQueries();
    },
  });
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
      <BanForm
        target={target}
        error={issue.error}
        busy={issue.isPending}
        onBan={(body) => issue.mutate(body)}
        onCancel={close}
      />
    </Dialog>
  );
};
