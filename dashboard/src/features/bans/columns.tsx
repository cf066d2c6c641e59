import { Link } from '@tanstack/react-router';
import type { Ban } from '../../api/types.ts';
import type { Column } from '../../ui/table.tsx';
import { Time } from '../../ui/time.tsx';
import type { BanList } from './queries.ts';
import { targetKind, targetText } from './target.ts';

export const banLink = (list: BanList): Column<Ban> => ({
  head: 'Banned',
  cell: ({ ban_id, target }) => (
    <>
      <Link
        to="/app/bans/$list/$banId"
        params={{ list, banId: ban_id }}
        className="wrap-anywhere font-mono text-[0.92em] font-medium underline decoration-line"
      >
        {targetText(target)}
      </Link>
      <div className="text-xs text-soft">{targetKind(target)}</div>
    </>
  ),
  className: 'min-w-52',
});

export const BAN_COLUMNS: readonly Column<Ban>[] = [
  { head: 'Reason', cell: ({ reason }) => reason, className: 'min-w-48' },
  { head: 'Since', cell: ({ issued_at }) => <Time at={issued_at} /> },
  { head: 'Until', cell: ({ expires_at }) => (expires_at === null ? 'no end' : <Time at={expires_at} />) },
];
