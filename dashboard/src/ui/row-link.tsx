/** A link in a row of a long table: rows come and go while somebody scrolls, so it costs no more than an anchor. */
import { useRouter } from '@tanstack/react-router';
import type { MouseEvent, ReactNode } from 'react';

export const RowLink = ({ to, className = '', children }: { to: string; className?: string; children: ReactNode }) => {
  const router = useRouter();
  const go = (event: MouseEvent): void => {
    // Another tab, another window, a download: the browser's own business.
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    router.history.push(to);
  };
  return (
    <a href={to} onClick={go} className={`underline decoration-line ${className}`}>
      {children}
    </a>
  );
};
