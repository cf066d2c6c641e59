/** The ledger as anyone may check it: its last checkpoint, the way there, and a pasted receipt, all judged here. */
import { useMutation, useQuery } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { type FormEvent, useEffect, useState } from 'react';
import { getBlob, getJson, getText } from '../../api/http.ts';
import type { Health } from '../../api/types.ts';
import { Button } from '../../ui/button.tsx';
import { downloadBlob } from '../../ui/download.ts';
import { Field, TextArea } from '../../ui/field.tsx';
import { Failed, Loaded } from '../../ui/states.tsx';
import { Card, Facts, Mono, Page } from '../../ui/table.tsx';
import { trustedKeys } from '../../verify/keys.ts';
import { LogHealth } from '../../verify/log-health.tsx';
import { verifyPasted } from '../../verify/receipt.ts';
import { Steps } from '../../verify/steps.tsx';
import { Walk } from './walk.tsx';

/** `asked`: the receipt that the address names, looked up and judged. */
const Paste = ({ asked }: { asked: string | undefined }) => {
  const [text, setText] = useState('');
  const verify = useMutation({ mutationFn: async (pasted: string) => verifyPasted(pasted, await trustedKeys()) });
  const find = useQuery<unknown, Error>({
    queryKey: ['receipt', asked],
    queryFn: ({ signal }) => getJson(`/v1/ledger/receipts/${encodeURIComponent(asked ?? '')}`, {}, signal),
    enabled: asked !== undefined,
    retry: false,
  });
  const { data } = find;
  useEffect(() => {
    if (data === undefined) return;
    const found = JSON.stringify(data, null, 2);
    setText(found);
    verify.mutate(found);
  }, [data, verify.mutate]);
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    verify.mutate(text);
  };
  return (
    <Card title={asked === undefined ? 'Verify a receipt' : `Receipt ${asked}`}>
      <form onSubmit={submit} className="space-y-3">
        <Field
          label="A decision, its evidence receipt, or the signed entry"
          hint="Read and judged in this browser with the keys it has seen; nothing is sent, and it works with the service gone."
        >
          <TextArea
            required
            rows={8}
            spellCheck={false}
            className="font-mono text-xs"
            value={text}
            onChange={({ target }) => setText(target.value)}
          />
        </Field>
        <Button type="submit" kind="primary" busy={verify.isPending}>
          Verify
        </Button>
        {find.error !== null && <Failed error={find.error} />}
        {verify.error !== null && <Failed error={verify.error} />}
        {verify.data !== undefined && <Steps verdict={verify.data} />}
      </form>
    </Card>
  );
};

const Export = () => {
  const save = useMutation({
    mutationFn: async () => downloadBlob('ledger.ndjson', await getBlob('/v1/ledger/export')),
  });
  return (
    <div className="space-y-2">
      <Button busy={save.isPending} onClick={() => save.mutate()}>
        {save.isPending ? 'Exporting …' : 'Export all of it'}
      </Button>
      {save.error !== null && <Failed error={save.error} />}
      <p className="text-xs text-soft">
        One file with entries, contents and proofs, that <code>guildhall verify --replay ledger.ndjson</code> checks
        without us.
      </p>
    </div>
  );
};

const Note = () => {
  const checkpoint = useQuery<string, Error>({
    queryKey: ['checkpoint'],
    queryFn: () => getText('/v1/ledger/checkpoint'),
    refetchInterval: 5_000,
  });
  return (
    <details className="rounded-lg border border-line bg-surface">
      <summary className="cursor-pointer px-4 py-2.5 font-semibold">The last checkpoint as it is signed</summary>
      <div className="border-t border-line p-4">
        <Loaded query={checkpoint} what="the checkpoint">
          {(note) => <pre className="whitespace-pre-wrap break-all text-xs">{note}</pre>}
        </Loaded>
      </div>
    </details>
  );
};

export const LedgerPage = () => {
  const { receipt } = useSearch({ from: '/app/ledger' });
  const health = useQuery<Health, Error>({
    queryKey: ['health'],
    queryFn: ({ signal }) => getJson('/wcp/health', {}, signal),
    refetchInterval: 5_000,
  });
  return (
    <Page
      title="Ledger"
      lead="Every act is an entry, chained by hash and held in a Merkle tree whose root is signed and witnessed."
    >
      <div className="grid items-start gap-4 lg:grid-cols-2">
        <Card title="Now">
          <Loaded query={health} what="the ledger">
            {({ ledger }) => (
              <div className="space-y-3">
                <Facts
                  rows={[
                    ['Entries', ledger.size.toLocaleString()],
                    ['Head', <Mono key="head">{ledger.head ?? 'none'}</Mono>],
                  ]}
                />
                <Export />
              </div>
            )}
          </Loaded>
        </Card>
        <LogHealth title="Last checkpoint" />
      </div>
      {receipt === undefined ? (
        <>
          <Walk />
          <Paste asked={undefined} />
        </>
      ) : (
        <>
          <Paste key={receipt} asked={receipt} />
          <Walk />
        </>
      )}
      <Note />
    </Page>
  );
};
