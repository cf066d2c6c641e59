/** Who is told of what happens here: the endpoints of the tenant, and whether their messages arrive. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { sendJson } from '../../api/http.ts';
import { useMay } from '../../session/session.ts';
import { Button } from '../../ui/button.tsx';
import { Empty, Loaded } from '../../ui/states.tsx';
import { type Column, Page, Table } from '../../ui/table.tsx';
import { Time } from '../../ui/time.tsx';
import { AddDialog } from './add-dialog.tsx';
import { allWebhooks, type Webhook } from './queries.ts';
import { SecretNotice } from './secret-notice.tsx';
import { WebhookStatus } from './status.tsx';

const COLUMNS: readonly Column<Webhook>[] = [
  {
    head: 'Where to',
    cell: ({ webhook_id, url, description }) => (
      <>
        <Link
          to="/app/webhooks/$webhookId"
          params={{ webhookId: webhook_id }}
          className="inline-block min-h-6 wrap-anywhere font-medium underline"
        >
          {url}
        </Link>
        {description !== '' && <div className="text-xs text-soft">{description}</div>}
      </>
    ),
    className: 'min-w-56',
  },
  { head: 'Status', cell: ({ status }) => <WebhookStatus status={status} /> },
  { head: 'Form', cell: ({ format }) => format },
  {
    head: 'Events',
    cell: ({ events }) => (events[0] === '*' ? 'all' : <code>{events.join(' ')}</code>),
    className: 'min-w-48',
  },
  { head: 'Added', cell: ({ created_at }) => <Time at={created_at} /> },
];

export const WebhooksPage = () => {
  const queries = useQueryClient();
  const may = useMay('hall:admin');
  const [isAdding, setIsAdding] = useState(false);
  const [secret, setSecret] = useState<string | null>(null);
  const query = useQuery({ ...allWebhooks, enabled: may });
  const add = useMutation({
    mutationFn: (body: object) => sendJson<Webhook & { readonly secret: string }>('POST', '/v1/webhooks', body),
    onSuccess: (made) => {
      setIsAdding(false);
      setSecret(made.secret);
      return queries.invalidateQueries({ queryKey: ['webhooks'] });
    },
  });
  return (
    <Page
      title="Webhooks"
      lead="Who is told of approvals, denials, bans, leaked keys and other entries of the ledger, without asking."
      action={
        may && (
          <Button kind="primary" onClick={() => setIsAdding(true)}>
            Add a webhook …
          </Button>
        )
      }
    >
      {secret !== null && <SecretNotice secret={secret} onDone={() => setSecret(null)} />}
      <Loaded query={query} what="webhooks">
        {({ webhooks }) =>
          webhooks.length === 0 ? (
            <Empty title="Nobody is told of anything yet">
              Add an address of your own, or the incoming webhook of a Slack or Discord channel: whoever approves then
              hears of it where they are, with a link to answer.
            </Empty>
          ) : (
            <Table caption="Webhooks" columns={COLUMNS} rows={webhooks} rowKey={({ webhook_id }) => webhook_id} />
          )
        }
      </Loaded>
      <AddDialog
        open={isAdding}
        error={add.error}
        busy={add.isPending}
        onClose={() => {
          add.reset();
          setIsAdding(false);
        }}
        onAdd={(body) => add.mutate(body)}
      />
    </Page>
  );
};
