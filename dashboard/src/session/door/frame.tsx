/** What all forms at the door share: one card in the middle, one heading, what went wrong above the fields. */
import type { FormEvent, ReactNode } from 'react';
import { Problem } from '../../api/http.ts';
import { Notice } from '../../ui/states.tsx';

export const Frame = ({ title, lead, children }: { title: string; lead?: string; children: ReactNode }) => (
  <main className="grid min-h-dvh place-items-center p-4">
    <div className="w-full max-w-md space-y-5 rounded-xl border border-line bg-surface p-6 shadow-sm">
      <header className="space-y-1">
        <p className="flex items-center gap-2 font-semibold tracking-tight">
          <img src="/assets/favicon.svg" alt="" className="size-5" />
          Guildhall
        </p>
        <h1>{title}</h1>
        {lead !== undefined && <p className="text-soft">{lead}</p>}
      </header>
      {children}
    </div>
  </main>
);

const seconds = (error: Problem): string => {
  const { retryAfter } = error;
  if (retryAfter === null) return 'a while';
  return retryAfter < 120 ? `${retryAfter} seconds` : `${Math.ceil(retryAfter / 60)} minutes`;
};

const saidOf = (error: Error): string => {
  if (!(error instanceof Problem)) return error.message;
  if (error.code === 'rate_limited') return `Too many tries. Wait ${seconds(error)}, and try again.`;
  if (error.code === 'invalid_credentials') return 'The e-mail address or the password is wrong.';
  if (error.code === 'link_invalid') return 'This link was used before, has run out, or is for another address.';
  return error.detail ?? error.message;
};

export const Trouble = ({ error }: { error: Error | null }) =>
  error === null ? null : <Notice tone="deny">{saidOf(error)}</Notice>;

/** The field's own share of a refusal. */
export const wrongWith = (error: Error | null, field: string): string | undefined =>
  error instanceof Problem ? error.errors.find((one) => one.field === `/${field}`)?.message : undefined;

/** The members of a form as it is sent; spaces around an address or a name mean nothing, in a password they do. */
export const fieldsOf = (event: FormEvent<HTMLFormElement>): ((name: string) => string) => {
  event.preventDefault();
  const data = new FormData(event.currentTarget);
  return (name) => {
    const value = String(data.get(name) ?? '');
    return name.includes('password') ? value : value.trim();
  };
};
