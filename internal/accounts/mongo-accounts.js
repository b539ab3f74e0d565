// Creates or corrects one Open edX instance's MongoDB user, and may be run again at any time: a run that finds the user
// as it should be writes nothing. mongosh runs it with --nodb; see mongo-accounts.sh for what it is given.
const fs = require('fs');

const env = process.env;
const secret = (name) => fs.readFileSync(`${env.SECRETS}/${name}`, 'utf8').trim();
const fail = (message) => {
  throw new Error(`mongo-accounts: ${message}`);
};

// The user is logged in afterwards, so that no password is ever part of a connection string.
const uri =
  `mongodb://${env.MONGODB_HOST}:${env.MONGODB_PORT}/admin?replicaSet=${env.MONGODB_REPLICA_SET}` +
  `&tls=true&tlsCAFile=${encodeURIComponent(env.MONGODB_CA)}&retryWrites=true&w=majority`;

// login returns the admin database as seen by a user, or nothing if the password is refused.
const login = (name, pwd) => {
  const database = connect(uri);
  try {
    database.auth({ user: name, pwd });
    return database;
  } catch (error) {
    if (error.codeName === 'AuthenticationFailed' || error.code === 18) return null;
    throw error;
  }
};

const same = (held, wanted) => JSON.stringify(held) === JSON.stringify(wanted);

const user = env.MONGO_USER;
const password = secret(user);
if (!/^[A-Za-z0-9]{16,}$/.test(password)) fail(`the password of '${user}' has to be at least 16 letters and digits`);

// The user lives in the database admin, where Tutor looks for it, and may use its own database only.
const roles = [{ role: 'readWrite', db: env.MONGO_DATABASE }];
const mechanisms = ['SCRAM-SHA-256'];

const admin = login(secret('admin-user'), secret('admin-password'));
if (admin === null) fail('the administrator is refused');

const found = admin.getUser(user);
if (found === null) {
  admin.createUser({ user, pwd: password, roles, mechanisms });
  print(`${user} is created`);
} else {
  // updateUser sets the whole list of roles: what the user held beyond its own is gone.
  const held = found.roles.map(({ role, db }) => ({ role, db }));
  if (!same(held, roles)) {
    admin.updateUser(user, { roles });
    print(`${user} had other roles: ${JSON.stringify(held)}`);
  }
  if (login(user, password) === null) {
    admin.updateUser(user, { pwd: password, mechanisms });
    print(`${user} has a new password`);
  }
}
print('accounts are in place');
