/** What holds now, in each environment, and which profile brought it. */
import { Link } from '@tanstack/react-router';
import { Table } from '../../ui/table.tsx';
import { Badge } from '../../ui/verdict.tsx';
import { type Effective, ENVS, type HallEnv, type PostureAnswer } from './types.ts';
import { demandWords } from './words.ts';

interface FloorRow {
  readonly name: string;
  readonly cells: Readonly<Record<HallEnv, Effective['floors'][string] | undefined>>;
}

const Cell = ({ floor }: { floor: Effective['floors'][string] | undefined }) => {
  if (floor?.on !== true) return <span className="text-soft">off</span>;
  return floor.profile_id === null ? (
    <Badge tone="allow">own setting</Badge>
  ) : (
    <Link to="/app/profiles/$profileId" params={{ profileId: floor.profile_id }} className="underline decoration-line">
      <Badge tone="allow">{floor.profile_id}</Badge>
    </Link>
  );
};

export const Posture = ({ posture: { effective } }: { posture: PostureAnswer }) => {
  const rows: readonly FloorRow[] = Object.keys(effective.prod.floors).map((name) => ({
    name,
    cells: {
      dev: effective.dev.floors[name],
      stage: effective.stage.floors[name],
      prod: effective.prod.floors[name],
      edge: effective.edge.floors[name],
    },
  }));
  return (
    <Table
      caption="What holds now"
      columns={[
        { head: 'Floor', cell: ({ name }) => demandWords(name), className: 'min-w-64' },
        ...ENVS.map((env) => ({ head: env, cell: ({ cells }: FloorRow) => <Cell floor={cells[env]} /> })),
      ]}
      rows={rows}
      rowKey={({ name }) => name}
    />
  );
};
