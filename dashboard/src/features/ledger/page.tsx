/** The ledger as anyone may check it: its last checkpoint, and a pasted receipt verified here, without the service. */
import { useMutation, useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { getJson, getText } from '../../api/http.ts';
import type { Health } from '../../api/types.ts';
import { Button } from '../../ui/button.tsx';
import { Field, TextArea } from '../../ui/field.tsx';
import { Failed, Loaded, Notice } from '../../ui/states.tsx';
import { Card, Facts, Page } from '../../ui/table.tsx';
import { trustedKeys } from '../../verify/keys.ts';
import { verifyInBrowser } from '../../verify/receipt.ts';
import { Steps } from '../../verify/steps.tsx';
import { readPasted } from './pasted.ts';

const Paste = () => {
  const [unreadable, setUnreadable] = useState<string | null>(null);
  const verify = useMutation({
    mutationFn: async (text: string) => {
      const pasted = readPasted(text);
      if (typeof pasted === 'string') {
        setUnreadable(pasted);
        return null;
      }
      setUnreadable(null);
      return verifyInBrowser(pasted.entry, pasted.proof, await trustedKeys());
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    verify.mutate(String(new FormData(event.currentTarget).get('receipt') ?? ''));
  };
  return (
    <Card title="Verify a receipt">
      <form onSubmit={submit} className="space-y-3">
        <Field
          label="A decision, its evidence receipt, or the signed entry"
          hint="Read and judged in this browser with the keys it has seen; nothing is sent."
        >
          <TextArea name="receipt" required rows={8} spellCheck={false} className="font-mono text-xs" />
        </Field>
        <Button type="submit" kind="primary" busy={verify.isPending}>
          Verify
        </Button>
        {unreadable !== null && <Notice tone="deny">{unreadable}</Notice>}
        {verify.error !== null && <Failed error={verify.error} />}
        {verify.data !== undefined && verify.data !== null && <Steps verdict={verify.data} />}
      </form>
    </Card>
  );
};

export const LedgerPage = () => {
  const health = useQuery<Health, Error>({
    queryKey: ['health'],
    queryFn: ({ signal }) => getJson('/wcp/health', {}, signal),
  });
  const checkpoint = useQuery<string, Error>({
    queryKey: ['checkpoint'],
    queryFn: () => getText('/v1/ledger/checkpoint'),
    refetchInterval: 5_000,
  });
  return (
    <Page
      title="Ledger"
      lead="Every act is an entry, chained by hash and held in a Merkle tree whose root is signed and witnessed."
    >
      <div className="grid gap-4 lg:grid-cols-2">
        <Card title="Now">
          <Loaded query={health} what="the ledger">
            {({ ledger }) => (
              <Facts
                rows={[
                  ['Entries', ledger.size.toLocaleString()],
                  [
                    'Head',
                    <code key="head" className="break-all">
                      {ledger.head ?? 'none'}
                    </code>,
                  ],
                  [
                    'Export',
                    <span key="cli">guildhall export ledger.ndjson, then guildhall verify ledger.ndjson</span>,
                  ],
                ]}
              />
            )}
          </Loaded>
        </Card>
        <Card title="Last checkpoint">
          <Loaded query={checkpoint} what="the checkpoint">
            {(note) => <pre className="overflow-x-auto whitespace-pre-wrap break-all text-xs">{note}</pre>}
          </Loaded>
        </Card>
      </div>
      <Paste />
    </Page>
  );
};
