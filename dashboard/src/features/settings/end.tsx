/** The end of a tenant, for its owners: export first, then its name typed out, then it is archived and erased. */
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { getBlob, sendJson } from '../../api/http.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { downloadBlob } from '../../ui/download.ts';
import { Field, Input } from '../../ui/field.tsx';
import { Failed, Notice } from '../../ui/states.tsx';

export const EndTenant = ({ tenant }: { tenant: string }) => {
  const [isAsking, setIsAsking] = useState(false);
  const [typed, setTyped] = useState('');
  const save = useMutation({
    mutationFn: async () => downloadBlob(`${tenant}.ledger.ndjson`, await getBlob('/v1/ledger/export')),
  });
  const end = useMutation({
    mutationFn: (reason: string) =>
      sendJson('POST', `/v1/account/tenants/${encodeURIComponent(tenant)}/delete`, { reason }),
    // Nothing that is shown is there any more.
    onSuccess: () => location.assign('/app'),
  });
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    end.mutate(String(new FormData(event.currentTarget).get('reason') ?? '').trim());
  };
  return (
    <div className="flex flex-wrap items-center justify-between gap-3">
      <p className="min-w-0 flex-1 basis-72 text-soft">
        Ended, a tenant answers nobody any more: its ledger is archived with a proof that it is whole, everything else
        is erased, and its name is never given again.
      </p>
      <Button kind="danger" onClick={() => setIsAsking(true)}>
        End this tenant …
      </Button>
      <Dialog
        open={isAsking}
        onClose={() => setIsAsking(false)}
        title={`End ${tenant}`}
        description="This cannot be taken back. Save the ledger first: it is the last time that it can be asked for here."
      >
        <form onSubmit={submit} className="space-y-4">
          <Button busy={save.isPending} onClick={() => save.mutate()}>
            {save.isPending ? 'Exporting …' : '1. Save the whole ledger'}
          </Button>
          {save.error !== null && <Failed error={save.error} />}
          {save.isSuccess && (
            <Notice tone="allow">Saved. Keep the file: it can be verified without this service.</Notice>
          )}
          <Field label="2. Why it ends" hint="The last entry of its ledger.">
            <Input name="reason" required maxLength={1000} autoComplete="off" />
          </Field>
          <Field label={`3. Its name, ${tenant}, typed out`}>
            <Input
              value={typed}
              onChange={({ target }) => setTyped(target.value)}
              required
              autoComplete="off"
              spellCheck={false}
            />
          </Field>
          {end.error !== null && <Failed error={end.error} />}
          <div className="flex justify-end gap-2">
            <Button onClick={() => setIsAsking(false)}>Keep it</Button>
            <Button type="submit" kind="danger" busy={end.isPending} disabled={typed !== tenant || !save.isSuccess}>
              End it for ever
            </Button>
          </div>
        </form>
      </Dialog>
    </div>
  );
};
