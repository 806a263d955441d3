// Events about sessions: who came, who went, who was sent away, and who wasn't let in.
import type { World } from '../core/world.ts';
import type { Session } from '../sessions/session.ts';
import type { EventLog } from './event-log.ts';

/** From now on; once for a world. */
export function postSessionEvents(world: World, events: EventLog): void {
  const post = (type: string, user: string, message: string, fields: Readonly<Record<string, unknown>>): void =>
    void events.post({ type, entity: undefined, user, message, fields });
  world.sessions.news.add((news) => {
    switch (news.kind) {
      case 'login': {
        const { userName, ipAddress, userAgent, locale, key } = news.session;
        const message = `User ${userName}@${ipAddress} logged in as ${userAgent}`;
        post('UserLoginSessionEvent', userName, message, { ipAddress, userAgent, locale, sessionId: key });
        return;
      }
      case 'logout':
        post('UserLogoutSessionEvent', news.session.userName, logoutMessage(news.session), logoutFields(news.session));
        return;
      case 'terminated': {
        const { userName, ipAddress, key } = news.session;
        const fields = { sessionId: key, terminatedUsername: userName };
        post('SessionTerminatedEvent', news.by, `A session for user '${userName}'@${ipAddress} has stopped`, fields);
        return;
      }
      case 'badLogin':
        post('BadUsernameSessionEvent', news.userName, `Cannot login ${news.userName}@${news.ipAddress}`, {
          ipAddress: news.ipAddress,
        });
        return;
      case 'noAccess':
        post(
          'NoAccessUserEvent',
          news.userName,
          `Cannot login user ${news.userName}@${news.ipAddress}: no permission`,
          {
            ipAddress: news.ipAddress,
          },
        );
    }
  });
}

function logoutMessage({ userName, ipAddress, callCount, userAgent, loginTime }: Session): string {
  const since = new Date(loginTime).toISOString();
  return `User ${userName}@${ipAddress} logged out (login time: ${since}, number of API invocations: ${callCount}, user agent: ${userAgent})`;
}

function logoutFields({ ipAddress, userAgent, callCount, key, loginTime }: Session): Record<string, unknown> {
  return { ipAddress, userAgent, callCount, sessionId: key, loginTime: new Date(loginTime).toISOString() };
}
