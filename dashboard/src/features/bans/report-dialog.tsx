/** Tells the operator of the network about code that should be banned; bans nothing by itself. */
import { useMutation } from '@tanstack/react-query';
import type { FormEvent } from 'react';
import { Problem, sendJson } from '../../api/http.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Field, Input, TextArea } from '../../ui/field.tsx';
import { Failed, Notice } from '../../ui/states.tsx';

interface Reported {
  readonly report_id: string;
  readonly review_status: string;
}

export const ReportDialog = ({ open, onClose }: { open: boolean; onClose: () => void }) => {
  const report = useMutation({
    mutationFn: (body: object) => sendJson<Reported>('POST', '/api/v1/ban-list/report', body),
  });
  const close = (): void => {
    report.reset();
    onClose();
  };
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const evidence = String(data.get('evidence_url') ?? '').trim();
    report.mutate({
      sha256: String(data.get('sha256') ?? '').trim(),
      reason: String(data.get('reason') ?? '').trim(),
      evidence_url: evidence === '' ? null : evidence,
    });
  };
  const wrong = (field: string): string | undefined =>
    report.error instanceof Problem
      ? report.error.errors.find((error) => error.field.replace('/', '').startsWith(field))?.message
      : undefined;
  return (
    <Dialog
      open={open}
      onClose={close}
      title="Report code to the network"
      description="The operator reads it and decides whether every Hall bans it. Until then nothing changes; ban it here as well if it must stop now."
    >
      {report.data === undefined ? (
        <form onSubmit={submit} className="space-y-4">
          <Field label="SHA-256 of the code" hint="64 hex characters" error={wrong('sha256')}>
            <Input name="sha256" required spellCheck={false} autoComplete="off" />
          </Field>
          <Field label="What it did" error={wrong('reason')}>
            <TextArea name="reason" required rows={3} maxLength={1000} />
          </Field>
          <Field label="Evidence (address, optional)" error={wrong('evidence_url')}>
            <Input name="evidence_url" type="url" placeholder="https://" />
          </Field>
          {report.error !== null && <Failed error={report.error} />}
          <div className="flex justify-end gap-2">
            <Button onClick={close}>Cancel</Button>
            <Button type="submit" kind="primary" busy={report.isPending}>
              Report
            </Button>
          </div>
        </form>
      ) : (
        <div className="space-y-4">
          <Notice tone="allow">
            Reported. It waits for review as <code className="wrap-anywhere">{report.data.report_id}</code>; said again
            it stays the same report.
          </Notice>
          <div className="flex justify-end">
            <Button onClick={close}>Close</Button>
          </div>
        </div>
      )}
    </Dialog>
  );
};
