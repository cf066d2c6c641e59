/** One endpoint: what it hears of, whether it answers, and what can be done about it. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { sendJson } from '../../api/http.ts';
import { useMay } from '../../session/session.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Failed, Loaded, Notice } from '../../ui/states.tsx';
import { Card, Facts, Mono, Page } from '../../ui/table.tsx';
import { Time } from '../../ui/time.tsx';
import { Deliveries } from './deliveries.tsx';
import { oneWebhook, pathOf, type Webhook } from './queries.ts';
import { SecretNotice } from './secret-notice.tsx';
import { WebhookStatus } from './status.tsx';

type Act = 'test' | 'rotate' | 'switch' | 'delete';

const send = (webhook: Webhook, act: Act): Promise<{ readonly secret?: string }> => {
  const path = pathOf(webhook.webhook_id);
  if (act === 'test') return sendJson('POST', `${path}/test`);
  if (act === 'rotate') return sendJson('POST', `${path}/rotate`, {});
  if (act === 'delete') return sendJson('DELETE', path);
  return sendJson('PATCH', path, { enabled: webhook.status === 'disabled' });
};

const useAct = (onSecret: (secret: string) => void) => {
  const queries = useQueryClient();
  const navigate = useNavigate();
  return useMutation({
    mutationFn: ({ webhook, act }: { webhook: Webhook; act: Act }) => send(webhook, act),
    onSuccess: async ({ secret }, { act }) => {
      if (secret !== undefined) onSecret(secret);
      if (act === 'delete') {
        await navigate({ to: '/app/webhooks' });
        await queries.invalidateQueries({ queryKey: ['webhooks'], exact: true });
      } else await queries.invalidateQueries({ queryKey: ['webhooks'] });
    },
  });
};

const About = ({ webhook }: { webhook: Webhook }) => (
  <Card title="The endpoint" action={<WebhookStatus status={webhook.status} />}>
    <Facts
      rows={[
        ['Address', <Mono key="url">{webhook.url}</Mono>],
        ['Form', webhook.format],
        ['Events', webhook.events[0] === '*' ? 'all of them' : <code key="events">{webhook.events.join(' ')}</code>],
        ['Description', webhook.description === '' ? '—' : webhook.description],
        ['Added', <Time key="at" at={webhook.created_at} />],
        ['By', <Mono key="by">{webhook.created_by}</Mono>],
      ]}
    />
  </Card>
);

export const WebhookPage = () => {
  const { webhookId } = useParams({ from: '/app/webhooks/$webhookId' });
  const may = useMay('hall:admin');
  const [secret, setSecret] = useState<string | null>(null);
  const [isDeleting, setIsDeleting] = useState(false);
  const query = useQuery({ ...oneWebhook(webhookId), enabled: may });
  const act = useAct(setSecret);
  return (
    <Page title="Webhook" lead="Each message comes from an entry of the ledger, with one id however often it is sent.">
      <Loaded query={query} what="the webhook">
        {(webhook) => (
          <>
            {webhook.status === 'failing' && (
              <Notice tone="deny">
                Nothing has got through since <Time at={webhook.failing_since} />. It is tried on, one message at a
                time.
              </Notice>
            )}
            {secret !== null && <SecretNotice secret={secret} onDone={() => setSecret(null)} />}
            {act.error !== null && <Failed error={act.error} />}
            {may && (
              <div className="flex flex-wrap gap-2">
                <Button disabled={webhook.status === 'disabled'} onClick={() => act.mutate({ webhook, act: 'test' })}>
                  Send a test
                </Button>
                <Button onClick={() => act.mutate({ webhook, act: 'rotate' })}>New secret</Button>
                <Button onClick={() => act.mutate({ webhook, act: 'switch' })}>
                  {webhook.status === 'disabled' ? 'Switch on' : 'Switch off'}
                </Button>
                <Button kind="danger" onClick={() => setIsDeleting(true)}>
                  Delete …
                </Button>
              </div>
            )}
            <About webhook={webhook} />
            <Deliveries webhookId={webhookId} canReplay={may && webhook.status !== 'disabled'} />
            <Dialog
              open={isDeleting}
              onClose={() => setIsDeleting(false)}
              title="Delete this webhook"
              description="What it still had to tell is not told, and its log goes with it. The ledger keeps that it was there."
            >
              <div className="flex justify-end gap-2">
                <Button onClick={() => setIsDeleting(false)}>Keep it</Button>
                <Button kind="danger" busy={act.isPending} onClick={() => act.mutate({ webhook, act: 'delete' })}>
                  Delete
                </Button>
              </div>
            </Dialog>
          </>
        )}
      </Loaded>
    </Page>
  );
};
