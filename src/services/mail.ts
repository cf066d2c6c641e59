/**
 * Mail to people: a port with two ends. In production an HTTP API takes `{from, to, subject, text}`; a development
 * server keeps the last mails in memory and shows them at `/outbox`. A mail is sent after the reply, never awaited by it.
 */
export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

export interface MailPort {
  readonly send: (mail: Mail) => Promise<void>;
  /** What was "sent", newest first; null where mails really leave. */
  readonly outbox: (() => readonly Mail[]) | null;
}

export interface MailOptions {
  /** Where mails are posted; empty: nowhere. */
  readonly url: string;
  readonly from: string;
  readonly token: string;
  /** Keep them here instead. */
  readonly keep: boolean;
  readonly fetch: (input: string, init: RequestInit) => Promise<Response>;
}

const KEPT = 50;
const TIMEOUT_MS = 10_000;

const failed = (why: string): void => {
  // Without the address: logs are not for people's data.
  console.error(JSON.stringify({ level: 'error', at: 'mail', error: why }));
};

export const mailPort = ({ url, from, token, keep, fetch }: MailOptions): MailPort => {
  const kept: Mail[] = [];
  if (keep) {
    return {
      send: async (mail) => {
        kept.unshift(mail);
        kept.splice(KEPT);
      },
      outbox: () => kept,
    };
  }
  return {
    outbox: null,
    send: async ({ to, subject, text }) => {
      if (url === '') return failed('no mail service is configured (MAIL_URL)');
      try {
        const response = await fetch(url, {
          method: 'POST',
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
          body: JSON.stringify({ from, to, subject, text }),
          signal: AbortSignal.timeout(TIMEOUT_MS),
          redirect: 'error',
        });
        if (!response.ok) failed(`the mail service answered ${response.status}`);
      } catch (error) {
        failed(error instanceof Error ? error.name : 'the mail service could not be reached');
      }
    },
  };
};
