// ServiceInstance and SessionManager: what a client calls first and last.
import type { CallContext, MethodTable } from '../core/call-context.ts';
import { managerRef } from '../core/service-content.ts';
import { VimFault } from '../core/vim-fault.ts';
import type { World } from '../core/world.ts';
import { noPermission } from '../wire/check-privileges.ts';
import type { Session } from './session.ts';
import { sessionOf } from './session-of.ts';

const LOCALES: readonly string[] = ['en', 'en_US', 'de', 'fr', 'es', 'it', 'ja', 'ko', 'zh_CN', 'zh_TW'];
const DEFAULT_LOCALE = 'en';

type Args = Record<string, unknown>;

export function sessionMethods(world: World): MethodTable {
  const { sessions, registry, serviceInstance, clock } = world;
  registry.must(managerRef('sessionManager')).setMany({
    messageLocaleList: LOCALES,
    supportedLocaleList: LOCALES,
    defaultLocale: DEFAULT_LOCALE,
    message: '',
  });

  function login(context: CallContext, args: Args): unknown {
    // vCenter refuses a second login on a live session with the same fault as a bad password.
    if (context.session !== undefined)
      throw new VimFault('InvalidLogin', {}, 'Cannot complete login: this session is logged in already.');
    const session = sessions.login(String(args['userName']), String(args['password']), {
      ...senderOf(context),
      locale: localeOf(args),
    });
    // Who may see nothing isn't let in.
    if (!world.access.can(session.userName, 'System.View', world.rootFolder)) {
      sessions.refuse(session);
      throw noPermission('System.View', world.rootFolder);
    }
    return start(context, session);
  }

  function terminate(context: CallContext, args: Args): void {
    const wanted = ((args['sessionId'] ?? []) as string[]).map((key) => sessions.byKey(key));
    if (wanted.includes(undefined)) throw new VimFault('NotFound', {}, 'The session was not found.');
    if (wanted.some((session) => session === context.session)) {
      throw new VimFault('InvalidArgument', { invalidProperty: 'sessionId' }, 'A session cannot terminate itself.');
    }
    for (const session of wanted) if (session !== undefined) sessions.terminate(session, context.user);
  }

  return {
    ServiceInstance: {
      RetrieveServiceContent: () => serviceInstance.get('content'),
      CurrentTime: () => new Date(clock.now()).toISOString(),
    },
    SessionManager: {
      Login: login,
      LoginByToken() {
        throw new VimFault(
          'InvalidLogin',
          {},
          'Tokens of single sign-on are not simulated: log in with a user name and a password.',
        );
      },
      Logout(context) {
        if (context.session !== undefined) sessions.end(context.session);
        context.setCookie = '';
      },
      SessionIsActive(_context, args) {
        const session = sessions.byKey(String(args['sessionID']));
        return session !== undefined && session.userName.toLowerCase() === String(args['userName']).toLowerCase();
      },
      TerminateSession: terminate,
      SetLocale(context, args) {
        if (context.session !== undefined) context.session.locale = localeOf(args);
      },
      AcquireCloneTicket: (context) => sessions.issueTicket(sessionOf(context)),
      CloneSession: (context, args) =>
        start(context, sessions.cloneSession(String(args['cloneTicket']), senderOf(context))),
    },
  };
}

function start(context: CallContext, session: Session): unknown {
  context.world.sessions.news.run({ kind: 'login', session });
  context.setCookie = session.cookie;
  return session.toData();
}

function senderOf(context: CallContext): { ipAddress: string; userAgent: string } {
  return { ipAddress: context.peer?.address ?? '', userAgent: context.peer?.userAgent ?? '' };
}

function localeOf(args: Args): string {
  const locale = args['locale'];
  if (typeof locale !== 'string' || locale === '') return DEFAULT_LOCALE;
  if (!LOCALES.some((known) => known.toLowerCase() === locale.toLowerCase())) {
    throw new VimFault('InvalidLocale', {}, `The locale ${locale} is not supported.`);
  }
  return locale;
}
