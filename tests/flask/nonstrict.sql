-- An older site: whatever does not fit is cut, and dates may be zero.
SET SESSION sql_mode = '';
CREATE TABLE users (
    id INT(10) UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
    username VARCHAR(30) NOT NULL,
    full_name VARCHAR(100) DEFAULT NULL,
    email VARCHAR(100) CHARACTER SET latin1 COLLATE latin1_swedish_ci DEFAULT NULL,
    hashed_password CHAR(60) CHARACTER SET latin1 COLLATE latin1_swedish_ci NOT NULL DEFAULT '',
    role VARCHAR(10) NOT NULL DEFAULT 'student',
    status VARCHAR(6) NOT NULL DEFAULT 'active',
    last_login_at INT UNSIGNED DEFAULT NULL,
    created_at DATETIME NOT NULL DEFAULT '0000-00-00 00:00:00',
    UNIQUE KEY users_session_epoch_1 (username),
    KEY email (email)
) ENGINE=InnoDB DEFAULT CHARSET=latin1;
CREATE TABLE login_attempts (
    email VARCHAR(100) NOT NULL PRIMARY KEY,
    failures INT NOT NULL DEFAULT 0,
    last_failure DATETIME NOT NULL DEFAULT '0000-00-00 00:00:00'
) ENGINE=MyISAM DEFAULT CHARSET=latin1;
INSERT INTO users (username, full_name, email, hashed_password, status) VALUES
    ('ada', 'Ada Lovelace', 'Ada@Example.org', '$2b$04$abcdefghijklmnopqrstuuz6ILmcoaqlXHQLD/aijMCcOfDtyfGPi', 'active'),
    ('bob', NULL, 'bob@example.org', '$2b$04$abcdefghijklmnopqrstuuwcne7IUkl1IW4bT2rt5CR9.vE0PdHnG', 'barred from the library'),
    ('carol', 'Carol José', 'carol@example.org ', '$2b$04$abcdefghijklmnopqrstuuCu65dQ/h4WipZJtNTHQB2K72cauQW7G', 'Active'),
    ('dave', 'Dave', NULL, 'pbkdf2:sha256:260000$x$0123456789abcdef', 'active');
INSERT INTO login_attempts VALUES ('Ada@Example.org', 2, '0000-00-00 00:00:00');
