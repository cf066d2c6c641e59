/** The outbox of a development server: mails that would have been sent, newest first, in this process's memory only. */
import { refusal } from '../core/refusal.ts';
import type { Mail } from '../services/mail.ts';
import type { Ctx } from './context.ts';
import { layout, markup, none, page } from './docs-page.ts';
import { problem } from './problem.ts';

const letter = ({ to, subject, text }: Mail) =>
  markup`<section><h2>${subject}</h2><p class="soft">To ${to}</p><pre>${text}</pre></section>`;

export const outboxPage = (c: Ctx, outbox: (() => readonly Mail[]) | null): Response => {
  if (outbox === null) return problem(c, refusal('not_found'));
  const mails = outbox();
  const main = mails.length === 0 ? markup`<p>No mail yet.</p>` : markup`${mails.map(letter)}`;
  return page(c, layout('Outbox', none, markup`<h1>Outbox</h1>${main}`), 'no-store');
};
