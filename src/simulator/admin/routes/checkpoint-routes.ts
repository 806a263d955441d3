// /v1/checkpoints and /v1/restore: backups of the vCenter, and going back to one.
import { CheckpointError, Checkpoints } from '../../state/checkpoints.ts';
import { BadRequest, notNegative, objectBody } from '../admin-route.ts';
import type { AdminModule } from '../admin-route.ts';

export const checkpointRoutes: AdminModule = ({ world }) => {
  const checkpoints = new Checkpoints(world);
  return {
    '/v1/checkpoints': {
      GET: () => checkpoints.list().map(({ name, takenAt }) => ({ name, time: new Date(takenAt).toISOString() })),
      POST(_query, body) {
        const { name, ...others } = objectBody(body);
        refuseOthers(others, 'name');
        checkpoints.take(text('name', name));
        return {};
      },
    },
    '/v1/restore': {
      POST(_query, body) {
        const { checkpoint, downSeconds, ...others } = objectBody(body);
        refuseOthers(others, 'checkpoint and downSeconds');
        const seconds = notNegative('downSeconds', downSeconds ?? 0);
        try {
          checkpoints.restore(text('checkpoint', checkpoint), seconds);
        } catch (error) {
          if (error instanceof CheckpointError) throw new BadRequest(error.message, { cause: error });
          throw error;
        }
        return {};
      },
    },
  };
};

function text(name: string, value: unknown): string {
  if (typeof value === 'string' && value !== '') return value;
  throw new BadRequest(`${name} must be a text`);
}

function refuseOthers(others: object, known: string): void {
  const [stray] = Object.keys(others);
  if (stray !== undefined) throw new BadRequest(`the body has no field ${stray}; it may have ${known}`);
}
