import type { ButtonHTMLAttributes } from 'react';
import { useMay } from '../session/session.ts';

const KINDS = {
  primary: 'bg-accent text-on-accent hover:brightness-110 border-transparent',
  plain: 'bg-surface text-ink hover:bg-raised border-line',
  quiet: 'bg-transparent text-ink hover:bg-raised border-transparent',
  danger: 'bg-deny-wash text-deny hover:brightness-95 dark:hover:brightness-125 border-deny/40',
} as const;

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly kind?: keyof typeof KINDS;
  readonly busy?: boolean;
  /** The permission that it takes; whoever's role lacks it is not offered the button. */
  readonly needs?: string;
}

export const Button = ({
  kind = 'plain',
  busy = false,
  className = '',
  disabled,
  type = 'button',
  needs,
  ...rest
}: ButtonProps) =>
  useMay(needs) && (
    <button
      {...rest}
      type={type}
      disabled={disabled === true || busy}
      aria-busy={busy}
      className={`inline-flex min-h-8 items-center justify-center gap-2 rounded-md border px-3 py-1.5 font-medium motion-safe:transition disabled:opacity-60 ${KINDS[kind]} ${className}`}
    />
  );
