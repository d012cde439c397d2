-- A key that is text, and a status that knows no word for "disabled".
CREATE TABLE users (
    id CHAR(36) NOT NULL PRIMARY KEY,
    full_name VARCHAR(100) NOT NULL,
    email VARCHAR(120) NOT NULL UNIQUE,
    password_hash VARCHAR(60) NOT NULL,
    role VARCHAR(20) NOT NULL DEFAULT 'student',
    status ENUM('active', 'banned') NOT NULL DEFAULT 'active'
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
INSERT INTO users (id, full_name, email, password_hash) VALUES
    ('6f1c1f7e-0000-4000-8000-000000000001', 'Ada Lovelace', 'ada@example.org', '$2b$04$abcdefghijklmnopqrstuuz6ILmcoaqlXHQLD/aijMCcOfDtyfGPi');
